// After both precisions of an instruction set.
#undef SET
#undef TARGET
#undef BYTES
#undef ROWS
#undef VECTORS
#undef VM_BITS
