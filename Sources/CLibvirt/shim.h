#include <stddef.h>
#include <libvirt/libvirt.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>

// Swift cannot import the macro that casts a callback to the library's generic callback type.
static inline int sandglass_watch_lifecycle(
    virConnectPtr connection, virConnectDomainEventCallback callback, void *context, virFreeCallback release)
{
    return virConnectDomainEventRegisterAny(
        connection, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(callback), context, release);
}
