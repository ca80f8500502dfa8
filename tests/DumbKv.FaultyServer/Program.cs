using DumbKv.Application;
using DumbKv.FaultyServer;
using DumbKv.Infrastructure.Storage.Sqlite;
using DumbKv.Web;

// dumbkv-faulty BUG: the server with that bug, or for comparison with the simple write path or without a database.
await using var app = Server.Build(configureServices: services => _ = args.Single() switch
{
    "answer-before-commit" => services.Replace<IEntryStore>((_, store) => new AnsweringBeforeCommit(store)),
    "stale-read" => services.Replace<IEntryStore>((_, store) => new ReadingStaleRows(store)),
    "repeated-write" => services.Replace<IEntryStore>((_, store) => new RepeatingWrites(store)),
    "read-once-twice" => services.Replace<IEntryStore>((_, store) => new ReturningReadOnceValuesTwice(store)),
    "one-commit-each" => services.Replace<IEntryStore>((provider, store) => ActivatorUtilities.CreateInstance<CommittingEach>(provider, store)),
    "in-memory" => services.Replace<IEntryStore>((_, store) => new KeepingInMemory(store)),
    "no-fsync" => services.ConfigureDbContext<SqliteKvDbContext>(context => context.AddInterceptors(new WithoutFsync())),
    var other => throw new ArgumentException($"No such bug: {other}"),
});

await app.StartAsync();
Console.WriteLine($"DumbKV, faulty, listens on {app.Urls.Single()}");
await app.WaitForShutdownAsync();
