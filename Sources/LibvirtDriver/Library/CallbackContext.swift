// SAFETY: only ever made by `retainedContext` and read by `object(in:)`; libvirt hands it through untouched.
/// What the library hands to a callback of ours: a Swift object, retained as long as the callback is registered.
typealias CallbackContext = UnsafeMutableRawPointer

/// Makes a context of an object; ``releaseContext(_:)`` must be called with it exactly once.
func retainedContext(_ object: some AnyObject & Sendable) -> CallbackContext {
    // SAFETY: the retain is balanced by `releaseContext`, which the library calls when it drops the callback.
    Unmanaged.passRetained(object).toOpaque()
}

/// The object in a context.
///
/// - Parameters:
///   - context: What the library handed to the callback.
///   - type: The type the context was made with.
/// - Returns: The object; `nil` when the library handed nothing.
func object<Object: AnyObject>(in context: CallbackContext?, as type: Object.Type = Object.self) -> Object? {
    // SAFETY: the library calls back only between registration and release, so the object is alive; each callback is
    // registered in one place, next to the type that it asks for here.
    context.map { Unmanaged<Object>.fromOpaque($0).takeUnretainedValue() }
}

/// Called by the library when it no longer needs a context, or by whoever failed to register the callback.
func releaseContext(_ context: CallbackContext?) {
    // SAFETY: balances `retainedContext`.
    context.map { Unmanaged<AnyObject>.fromOpaque($0).release() }
}
