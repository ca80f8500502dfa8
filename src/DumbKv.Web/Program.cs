using DumbKv.Web.Cli;

return await DumbKvCommand.InvokeAsync(args);
