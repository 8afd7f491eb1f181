/* version.h: the version of threadcheck. */
#ifndef TC_ANALYZER_VERSION_H
#define TC_ANALYZER_VERSION_H

#define TC_VERSION "0.1.0"

#endif
