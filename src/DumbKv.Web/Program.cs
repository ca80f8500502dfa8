using System.CommandLine;
using DumbKv.Web;

var dumbKv = new RootCommand("DumbKV: a key-value server where the key is the secret. Without a verb it serves; its settings are environment variables.");
dumbKv.SetAction((_, cancellationToken) => Server.RunAsync(cancellationToken));

return await dumbKv.Parse(args).InvokeAsync();
