# Instructions whose addresses are in vector registers, masks, or data, one in a function each:
# rdi: memory, rsi: indices, rdx: a mask (vector), rcx: where the result goes.
# Returns what is in rax.
    .text
    .macro function name
    .globl \name
    .type \name, @function
    .p2align 4
\name:
    .cfi_startproc
    .endm
    .macro end name
    vzeroupper
    ret
    .cfi_endproc
    .size \name, . - \name
    .endm
    .macro plain_end name
    ret
    .cfi_endproc
    .size \name, . - \name
    .endm

    function gather_4_by_4
    vmovdqu (%rsi), %ymm2
    vmovdqu (%rdx), %ymm1
    vpxor %xmm0, %xmm0, %xmm0
    vpgatherdd %ymm1, 8(%rdi,%ymm2,4), %ymm0
    vmovdqu %ymm0, (%rcx)
    end gather_4_by_4

    function gather_4_by_8
    vmovdqu (%rsi), %ymm12
    vmovdqu (%rdx), %xmm11
    vpxor %xmm0, %xmm0, %xmm0
    vpgatherqd %xmm11, (%rdi,%ymm12,1), %xmm0
    vmovdqu %xmm0, (%rcx)
    end gather_4_by_8

    function gather_8_by_4
    vmovdqu (%rsi), %xmm2
    vmovdqu (%rdx), %ymm1
    vpxor %xmm0, %xmm0, %xmm0
    vgatherdpd %ymm1, (%rdi,%xmm2,8), %ymm0
    vmovdqu %ymm0, (%rcx)
    end gather_8_by_4

    function gather_16_wide
    vmovdqu32 (%rsi), %zmm22
    kmovw (%rdx), %k3
    vpxord %zmm20, %zmm20, %zmm20
    vpgatherdd 16(%rdi,%zmm22,4), %zmm20{%k3}
    vmovdqu32 %zmm20, (%rcx)
    end gather_16_wide

    function scatter_8
    vmovdqu32 (%rsi), %ymm19
    kmovw (%rdx), %k2
    vpbroadcastq (%rcx), %zmm3
    vpscatterdq %zmm3, (%rdi,%ymm19,8){%k2}
    end scatter_8

    function mask_load_4
    vmovdqu (%rdx), %ymm1
    vmaskmovps 4(%rdi), %ymm1, %ymm0
    vmovdqu %ymm0, (%rcx)
    end mask_load_4

    function mask_store_8
    vmovdqu (%rdx), %ymm1
    vmovdqu (%rcx), %ymm0
    vpmaskmovq %ymm0, %ymm1, (%rdi)
    end mask_store_8

    function mask_store_bytes
    movdqu (%rdx), %xmm1
    movdqu (%rcx), %xmm0
    maskmovdqu %xmm1, %xmm0
    plain_end mask_store_bytes

    function masked_bytes
    kmovq (%rdx), %k1
    vmovdqu32 (%rcx), %zmm0
    vmovdqu8 %zmm0, 3(%rdi){%k1}
    end masked_bytes

    function masked_sum
    kmovw (%rdx), %k1
    vpxord %zmm17, %zmm17, %zmm17
    vpaddd (%rdi), %zmm17, %zmm17{%k1}
    vmovdqu32 %zmm17, (%rcx)
    end masked_sum

    function masked_broadcast
    kmovw (%rdx), %k1
    vpxord %zmm1, %zmm1, %zmm1
    vpaddd 12(%rdi){1to16}, %zmm1, %zmm1{%k1}
    vmovdqu32 %zmm1, (%rcx)
    end masked_broadcast

    function compress
    kmovw (%rdx), %k1
    vmovdqu32 (%rcx), %zmm1
    vpcompressd %zmm1, 8(%rdi){%k1}
    end compress

    function bit_64
    mov (%rsi), %r9
    xor %eax, %eax
    bt %r9, 16(%rdi)
    setc %al
    plain_end bit_64

    function bit_set_32
    mov (%rsi), %eax
    btsl %eax, 64(%rdi)
    setc %al
    movzbl %al, %eax
    plain_end bit_set_32

    function bit_change_16
    mov (%rsi), %rdx
    btcw %dx, 64(%rdi,%rdx,2)
    mov %rdx, %rax
    plain_end bit_change_16

    function bit_set_locked
    push %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_offset %rbx, -16
    mov (%rsi), %rbx
    lock btsq %rbx, 64(%rdi)
    setc %al
    movzbl %al, %eax
    pop %rbx
    .cfi_adjust_cfa_offset -8
    plain_end bit_set_locked

    # Flags that are set before live on, and so does the red zone.
    function bit_clear_flags
    movq $77, -16(%rsp)
    mov (%rsi), %rdi
    lea (%rcx), %rdx
    cmp %rdi, %rdi
    btrq %rdi, (%rdx)
    setz %al
    movzbl %al, %eax
    add -16(%rsp), %rax
    plain_end bit_clear_flags

    function compare_bytes
    mov %rdx, %rsi
    mov $40, %ecx
    repe cmpsb
    mov %rcx, %rax
    plain_end compare_bytes

    function scan_words
    mov $0x1234, %eax
    mov $20, %ecx
    repne scasw
    mov %rcx, %rax
    plain_end scan_words

    function load_words
    mov %rdi, %rsi
    lodsq
    mov %rax, %rdx
    lodsl
    add %rdx, %rax
    plain_end load_words

    function compare_back
    add $32, %rdi
    lea 32(%rdx), %rsi
    mov $3, %ecx
    std
    repe cmpsl
    cld
    mov %rcx, %rax
    plain_end compare_back

    .section .note.GNU-stack, "", @progbits
