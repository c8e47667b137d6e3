//! Where the skill's memory comes from: the system's allocator, which knows of itself that some wishes cannot be met and
//! does not ask for them. They are asked for here all the same, and refused: then the host sees that it was memory that the
//! run wanted, and not a mistake of the skill that ended it. It does not know what the memory is for.

use std::alloc::{GlobalAlloc, Layout, System};

/// All that there can be, in pages of 64 KiB.
const PAGES: usize = 0x1_0000;

struct Asking;

#[global_allocator]
static MEMORY: Asking = Asking;

/// A wish that no memory can meet. The host refuses it.
pub(crate) fn ask() {
    core::arch::wasm32::memory_grow::<0>(PAGES);
}

fn given(pointer: *mut u8) -> *mut u8 {
    if pointer.is_null() {
        ask();
    }
    pointer
}

// SAFETY: every call is the system's allocator's own, with the caller's own promises.
#[allow(
    unsafe_code,
    reason = "an allocator cannot be written without; it adds no access to memory to the system's"
)]
unsafe impl GlobalAlloc for Asking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see above.
        given(unsafe { System.alloc(layout) })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: see above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see above.
        given(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: see above.
        given(unsafe { System.realloc(pointer, layout, size) })
    }
}
