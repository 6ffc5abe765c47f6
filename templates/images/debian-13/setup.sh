#!/bin/sh
# Turns a freshly installed Debian root into the image. Runs on the host; $1 is the root folder.
# The text is the same for every Debian release.
set -eu
root=$1
units=$root/etc/systemd/system
vendor=/usr/lib/systemd/system

mask() { for unit in "$@"; do ln -sf /dev/null "$units/$unit"; done; }
want() { mkdir -p "$units/$1.wants" && ln -sf "$2" "$units/$1.wants/"; }

# --- Modes ------------------------------------------------------------------------------------------------------------
# The copied files have the modes of somebody's checkout; they get what the system needs.
(cd "${0%/*}/files" && find . -print) | while read -r path; do
    if [ -d "$root/$path" ]; then chmod 0755 "$root/$path"; else chmod 0644 "$root/$path"; fi
done
chmod 0440 "$root/etc/sudoers.d/student"

# --- The person -------------------------------------------------------------------------------------------------------
chroot "$root" useradd --create-home --uid 1000 --shell /bin/bash --groups adm,systemd-journal student
chroot "$root" usermod --lock root

# --- Names ------------------------------------------------------------------------------------------------------------
echo sandglass >"$root/etc/hostname"
printf '127.0.0.1\tlocalhost\n127.0.1.1\tsandglass\n::1\t\tlocalhost ip6-localhost ip6-loopback\n' >"$root/etc/hosts"
echo '/dev/vda / ext4 defaults 0 0' >"$root/etc/fstab"

# --- Languages --------------------------------------------------------------------------------------------------------
printf 'en_US.UTF-8 UTF-8\nfr_FR.UTF-8 UTF-8\n' >"$root/etc/locale.gen"
chroot "$root" locale-gen >/dev/null
echo 'LANG=en_US.UTF-8' >"$root/etc/default/locale"
# Messages and manuals stay in English and French; of the documents, the licences.
find "$root/usr/share/locale" -mindepth 1 -maxdepth 1 -type d ! -name fr ! -name 'en*' -exec rm -r {} +
find "$root/usr/share/man" "$root/var/cache/man" -mindepth 1 -maxdepth 1 -type d ! -name 'man*' ! -name 'cat*' \
    ! -name fr -exec rm -r {} +
find "$root/usr/share/doc" -type f ! -name copyright -delete
find "$root/usr/share/doc" -xtype l -delete
find "$root/usr/share/doc" -mindepth 1 -type d -empty -delete

# --- The console ------------------------------------------------------------------------------------------------------
want getty.target $vendor/console-getty.service
mask serial-getty@ttyS0.service getty@tty1.service getty-static.service
rm -f "$root/etc/update-motd.d/10-uname"
# Read by every shell somebody types at, a login's too.
echo '. /etc/sandglass/prompt-marks.bash' >>"$root/etc/bash.bashrc"

# --- A short way to the prompt ----------------------------------------------------------------------------------------
# What these units do is done by sandglass-devices.service, beside the start of the system instead of before it.
want sysinit.target /etc/systemd/system/sandglass-devices.service
mask systemd-udev-trigger.service systemd-udev-load-credentials.service systemd-journal-flush.service
# Done a second time by systemd-tmpfiles-setup-dev.service.
mask systemd-tmpfiles-setup-dev-early.service
# File systems for kernel developers, huge pages and foreign binaries: `mount` has them when somebody asks.
mask dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
    sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount systemd-binfmt.service \
    modprobe@configfs.service modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service
# /tmp and /run/lock stay folders: the memory of a small machine is for the person's work.
mask tmp.mount run-lock.mount
# No partitions to make, no firmware log to save, no seed worth keeping: processor and host give randomness.
mask systemd-repart.service systemd-pstore.service systemd-random-seed.service
# Unit generators for what the machine cannot have. /etc/fstab keeps its own.
mkdir -p "$root/etc/systemd/system-generators" "$root/etc/systemd/user-generators"
for generator in cryptsetup debug getty gpt-auto hibernate-resume integritysetup rc-local run ssh system-update sysv \
    tpm2 veritysetup; do
    ln -sf /dev/null "$root/etc/systemd/system-generators/systemd-$generator-generator"
done
ln -sf /dev/null "$root/etc/systemd/user-generators/systemd-xdg-autostart-generator"
# Daily and weekly chores: a session is over before.
rm -f "$units"/timers.target.wants/*.timer
ln -sf $vendor/multi-user.target "$units/default.target"

# --- Kernel and initrd, for the host ----------------------------------------------------------------------------------
# QEMU starts a bare ELF kernel through its PVH entry. Taken out of vmlinuz here, once, it need not unpack itself at
# every boot, which an emulated processor spends seconds on. The price: no address randomisation of the kernel (KASLR),
# which its unpacking code does. Where it lies: the x86 boot protocol's setup_sects, payload_offset and payload_length.
version=$(ls "$root/lib/modules")
boot=$root/boot/sandglass
mkdir -p "$boot"
chroot "$root" update-tirfs
cp "$root/boot/initrd.img-$version" "$boot/initrd"
chmod 0644 "$boot/initrd"
size=$(chroot "$root" python3 - "/boot/vmlinuz-$version" /boot/sandglass/payload <<'PYTHON'
import struct, sys

image = open(sys.argv[1], "rb").read()
offset, length = struct.unpack_from("<II", image, 0x248)
start = (image[0x1F1] + 1) * 512 + offset
payload = image[start : start + length]
open(sys.argv[2], "wb").write(payload[:-4])
print(struct.unpack("<I", payload[-4:])[0])  # the last four bytes say how much the others unpack to
PYTHON
)
case $(od -An -tx1 -N4 "$boot/payload" | tr -d ' ') in
02214c18) unpack=lz4 ;;
28b52ffd) unpack=zstd ;;
fd377a58) unpack=xz ;;
*)
    echo "setup.sh: boot/vmlinuz-$version: the kernel is packed in a way not known here; known are lz4, zstd and xz" >&2
    exit 1
    ;;
esac
chroot "$root" $unpack -dc <"$boot/payload" >"$boot/kernel"
rm "$boot/payload"
if [ "$(stat -c %s "$boot/kernel")" != "$size" ]; then
    echo "setup.sh: boot/vmlinuz-$version: the kernel in it should unpack to $size bytes and did not" >&2
    exit 1
fi

# --- An ordinary Debian from here on ----------------------------------------------------------------------------------
rm -f "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap" "$root/etc/apt/apt.conf.d/99mmdebstrap"
: >"$root/etc/machine-id"
# The first boot finds nothing to update.
touch -r "$root/usr" "$root/etc/.updated" "$root/var/.updated"
