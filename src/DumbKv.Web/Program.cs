using DumbKv.Web;
using DumbKv.Web.Commands;

return await CommandLine.InvokeAsync(args, Server.RunAsync);
