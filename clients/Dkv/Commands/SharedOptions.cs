using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using DumbKv.Client.Http;

namespace DumbKv.CommandLine.Commands;

/// <summary>Options that several commands have.</summary>
internal static class SharedOptions
{
    public static readonly Option<string> Url = new("--url") { Description = "The address of the server. Default: DKV_URL, then the configuration", HelpName = "URL" };

    public static readonly Option<string> TokenFile = new("--token-file") { Description = "A file with the token for the server. Default: DKV_TOKEN, DKV_TOKEN_FILE, then the configuration", HelpName = "FILE" };

    public static readonly Option<string> CaCert = new("--cacert") { Description = "A PEM file with the certificate authorities to trust instead of those of the system", HelpName = "FILE" };

    public static readonly Option<bool> InsecureHttp = new("--insecure-http") { Description = "Allow http:// to another machine. Anyone on the way can read ids and tokens, and with --plain keys and values" };

    public static readonly Option<string> KeyFile = new("--key-file") { Description = "A file with the key. Default: DKV_KEY, then the configuration", HelpName = "FILE" };

    public static readonly Option<bool> Plain = new("--plain") { Description = "Without end-to-end encryption: the value can be read with the API and the page, and KEY is any text" };

    public static readonly Option<string> PassphraseFile = new("--passphrase-file") { Description = "A file with the passphrase. Default: DKV_PASSPHRASE", HelpName = "FILE" };

    public static readonly Option<bool> PassphrasePrompt = new("--passphrase-prompt") { Description = "Ask for the passphrase" };

    public static readonly Option<int?> Database = new("--database")
    {
        Description = "The number of the database. Default: the configuration, then 0",
        HelpName = "N",
        CustomParser = ParseDatabase,
    };

    public static readonly Option<bool> Json = new("--json") { Description = "Write the result as JSON" };

    public static readonly Argument<string?> Key = new("KEY")
    {
        Description = "A key e1-…, e1-…/NAME, a NAME under the key of --key-file, DKV_KEY or the configuration, or - for standard input. Default: that key",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static readonly Argument<string?> KeyOrLink = new("KEY")
    {
        Description = "A key e1-…, e1-…/NAME, a NAME under the key of --key-file, DKV_KEY or the configuration, a link, or - for standard input. Default: that key",
        Arity = ArgumentArity.ZeroOrOne,
    };

    static SharedOptions()
    {
        Key.Validators.Add(RefuseOption);
        KeyOrLink.Validators.Add(RefuseOption);
    }

    private static readonly Option[] Connection = [Url, TokenFile, CaCert, InsecureHttp];

    private static readonly Option[] Entry = [KeyFile, Plain, PassphraseFile, PassphrasePrompt, Database];

    public static Command WithConnection(this Command command) => command.With(Connection);

    public static Command WithEntry(this Command command) => command.With(Entry).WithConnection();

    public static Command With(this Command command, params IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        return command;
    }

    /// <param name="description">What is done with the version.</param>
    public static Option<string> NewIfMatch(string description)
    {
        var option = new Option<string>("--if-match") { Description = $"{description} the version with this ETag, which get --json, peek and set --json print. *: any version, but there must be one", HelpName = "ETAG" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var etag }] && etag != "*" && !KvHttp.TryParseETag(etag, out _))
            {
                result.AddError("--if-match must be an ETag, or *.");
            }
        });
        return option;
    }

    /// <summary>The parser takes an unknown option for KEY.</summary>
    private static void RefuseOption(ArgumentResult result)
    {
        if (result.Tokens is [{ Value: ['-', _, ..] }])
        {
            result.AddError("KEY is an option");
        }
    }

    private static int? ParseDatabase(ArgumentResult result)
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        result.AddError("--database must be a 32-bit integer.");
        return null;
    }
}
