using DumbKv.Infrastructure.Storage.Sqlite.Files;

namespace DumbKv.IntegrationTests.Storage;

public sealed class SqliteLocationTests
{
    [TestCase("ext4", true)]
    [TestCase("xfs", true)]
    [TestCase("btrfs", true)]
    [TestCase("zfs", true)]
    [TestCase("tmpfs", true)]
    [TestCase("overlay", true)]
    [TestCase("apfs", true)]
    [TestCase("NTFS", true)]
    [TestCase("nfs", false)]
    [TestCase("nfs4", false)]
    [TestCase("cifs", false)]
    [TestCase("smb3", false)]
    [TestCase("ceph", false)]
    [TestCase("9p", false)]
    [TestCase("virtiofs", false)]
    [TestCase("beegfs", false)]
    [TestCase("fakeowner", false)]
    [TestCase("fuse", false)]
    [TestCase("fuseblk", false)]
    [TestCase("fuse.shfs", false)]
    [TestCase("fuse.mergerfs", false)]
    [TestCase("fuse.rclone", false)]
    [TestCase("fuse.gcsfuse", false)]
    [TestCase("fuse.glusterfs", false)]
    [TestCase("an unknown file system", false)]
    public void Only_a_known_local_file_system_gets_a_WAL(string type, bool expected) => FileSystems.CanKeepWal(type).Should().Be(expected);

    [Test]
    public void The_mount_table_has_mount_points_with_spaces_and_the_types_of_file_systems()
    {
        var table = MountTable.Parse(
            """
            27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
            42 27 0:39 / /media/a\040disk rw,nosuid master:1 shared:7 - fuse.mergerfs /dev/fuse rw,user_id=0
            43 27 254:0 /srv/dumbkv.db /data/back\134slash\011tab rw - ext4 /dev/vda rw
            this line is not one of the table
            """);

        table.IsMountPoint("/media/a disk").Should().BeTrue();
        table.IsMountPoint("/data/back\\slash\ttab").Should().BeTrue();
        table.IsMountPoint("/media").Should().BeFalse();
        table.IsMountPoint("/srv/dumbkv.db").Should().BeFalse();
        table.TypeOf(27).Should().Be("ext4");
        table.TypeOf(42).Should().Be("fuse.mergerfs");
        table.TypeOf(1).Should().BeNull();
    }
}
