using System.Globalization;

#pragma warning disable RS0030 // Nothing here is secret, and a case has to be repeatable from its seed.

namespace DumbKv.ReliabilityTests.Linearizability;

/// <summary>Tests the checker on histories made by hand. The numbers are the times of the call and of the response.</summary>
public sealed class CheckerTests
{
    [Test]
    public void Operations_one_after_the_other_are_linearizable() => ShouldBeLinearizable(
        Create("a", 0, 1), Get("a", 2, 3), Create("b", 4, 5) with { Outcome = Outcome.Refused }, Set("c", 6, 7), Get("c", 8, 9), Delete(10, 11), Missing(12, 13));

    [Test]
    public void A_read_concurrent_with_a_write_can_see_either_value()
    {
        ShouldBeLinearizable(Set("a", 0, 1), Set("b", 2, 9), Get("a", 3, 4));
        ShouldBeLinearizable(Set("a", 0, 1), Set("b", 2, 9), Get("b", 3, 4));
        ShouldBeLinearizable(Set("a", 0, 1), Set("b", 2, 9), Get("a", 3, 4), Get("b", 5, 6));
    }

    [Test]
    public void A_read_of_a_value_that_was_replaced_before_its_call_is_found()
    {
        ShouldBeViolated(Set("a", 0, 1), Set("b", 2, 3), Get("a", 4, 5));
        ShouldBeViolated(Set("a", 0, 1), Set("b", 2, 9), Get("b", 3, 4), Get("a", 5, 6));
    }

    [Test]
    public void A_lost_write_is_found() => ShouldBeViolated(Set("a", 0, 1), Missing(2, 3));

    [Test]
    public void A_value_that_was_never_written_is_found() => ShouldBeViolated(Set("a", 0, 1), Get("z", 2, 3));

    [Test]
    public void A_write_of_unknown_outcome_can_take_effect_late_or_never()
    {
        var lost = Set("a", 0, 1) with { Outcome = Outcome.Unknown };

        ShouldBeLinearizable(lost, Missing(2, 3), Missing(4, 5));
        ShouldBeLinearizable(lost, Missing(2, 3), Get("a", 4, 5));
        ShouldBeLinearizable(lost, Set("b", 2, 3), Get("b", 4, 5), Get("a", 6, 7));
        ShouldBeLinearizable(Set("b", 0, 1), Delete(2, 3) with { Outcome = Outcome.Unknown }, Get("b", 4, 5), Missing(6, 7));
    }

    [Test]
    public void A_write_of_unknown_outcome_that_takes_effect_twice_is_found()
    {
        var lost = Set("a", 0, 1) with { Outcome = Outcome.Unknown };

        ShouldBeViolated(lost, Get("a", 2, 3), Set("b", 4, 5), Get("a", 6, 7));
        ShouldBeViolated(
            Set("b", 0, 1), Delete(2, 3) with { Outcome = Outcome.Unknown }, Missing(4, 5), Set("c", 6, 7), Get("c", 8, 9), Missing(10, 11));
    }

    [Test]
    public void A_delete_that_is_repeated_after_its_answer_is_found() =>
        ShouldBeViolated(Set("a", 0, 1), Delete(2, 3), Set("b", 4, 5), Missing(6, 7));

    [Test]
    public void A_delete_that_is_repeated_before_its_answer_is_found_if_both_effects_were_seen()
    {
        ShouldBeLinearizable(Set("a", 0, 1), Delete(2, 20), Set("b", 4, 5), Missing(6, 7));
        ShouldBeViolated(Set("a", 0, 1), Delete(2, 20), Create("b", 4, 5), Missing(6, 7));
    }

    [Test]
    public void A_read_once_value_is_gone_after_one_read()
    {
        ShouldBeLinearizable(Once("a", 0, 1), Get("a", 2, 3), Gone("a", 4, 5), Create("b", 6, 7));
        ShouldBeLinearizable(Once("a", 0, 1), Gone("a", 2, 9), Get("a", 3, 8));
        ShouldBeViolated(Once("a", 0, 1), Get("a", 2, 3), Get("a", 4, 5));
        ShouldBeViolated(Once("a", 0, 1), Get("a", 2, 9), Get("a", 3, 8));
        ShouldBeViolated(Once("a", 0, 1), Get("a", 2, 3), Create("b", 4, 5) with { Outcome = Outcome.Refused });
    }

    [Test]
    public void A_receipt_names_the_value_that_was_read_and_stays_until_a_set_or_a_delete()
    {
        ShouldBeLinearizable(Once("a", 0, 1), Get("a", 2, 3), Gone("a", 4, 5), Gone("a", 6, 7));
        ShouldBeLinearizable(Once("a", 0, 1), Get("a", 2, 3), Delete(4, 5), Missing(6, 7));
        ShouldBeLinearizable(Once("a", 0, 1), Get("a", 2, 3), DeleteIf("a", 4, 5) with { Outcome = Outcome.Refused }, Gone("a", 6, 7));
        ShouldBeViolated(Once("a", 0, 1), Get("a", 2, 3), Missing(4, 5));
        ShouldBeViolated(Once("a", 0, 1), Gone("a", 2, 3));
        ShouldBeViolated(Set("a", 0, 1), Get("a", 2, 3), Gone("a", 4, 5));
        ShouldBeViolated(Once("a", 0, 1), Delete(2, 3), Gone("a", 4, 5));
        ShouldBeViolated(Once("a", 0, 1), Get("a", 2, 3), Once("b", 4, 5), Get("b", 6, 7), Gone("a", 8, 9));
        ShouldBeViolated(Once("a", 0, 1), Get("a", 2, 3), Gone("b", 4, 5));
        ShouldBeViolated(Once("a", 0, 1), Get("a", 2, 3), DeleteIf("a", 4, 5));
    }

    [Test]
    public void A_receipt_with_an_unknown_version_can_be_that_of_a_write_of_unknown_outcome()
    {
        var lostSet = Once("a", 0, 1) with { Outcome = Outcome.Unknown, Version = null };
        var lostGet = Get("", 2, 3) with { Outcome = Outcome.Unknown, Value = null, Version = null };

        ShouldBeLinearizable(lostSet, lostGet, Gone("a", 4, 5), Gone("a", 6, 7));
        ShouldBeViolated(Once("a", 0, 1), lostGet, Gone("a version that no write has", 4, 5));
        ShouldBeViolated(lostSet, Gone("a", 4, 5));
    }

    [Test]
    public void A_read_of_unknown_outcome_can_have_consumed_a_read_once_value()
    {
        var lost = Get("", 2, 3) with { Outcome = Outcome.Unknown, Value = null };

        ShouldBeLinearizable(Once("a", 0, 1), lost, Gone("a", 4, 5));
        ShouldBeLinearizable(Once("a", 0, 1), lost, Get("a", 4, 5));
        ShouldBeViolated(Set("a", 0, 1), lost, Missing(4, 5));
        ShouldBeViolated(Once("a", 0, 1), lost, Gone("a", 4, 5), Once("b", 6, 7), Gone("b", 8, 9));
    }

    [Test]
    public void One_of_two_creates_is_refused()
    {
        ShouldBeLinearizable(Create("a", 0, 9), Create("b", 1, 8) with { Outcome = Outcome.Refused });
        ShouldBeViolated(Create("a", 0, 9), Create("b", 1, 8));
        ShouldBeViolated(Create("a", 0, 1) with { Outcome = Outcome.Refused });
    }

    [Test]
    public void A_compare_and_set_succeeds_only_for_its_version()
    {
        ShouldBeLinearizable(Set("a", 0, 1), Swap("a", "b", 2, 3), Swap("a", "c", 4, 5) with { Outcome = Outcome.Refused }, Get("b", 6, 7));
        ShouldBeViolated(Set("a", 0, 1), Swap("a", "b", 2, 3), Swap("a", "c", 4, 5));
        ShouldBeViolated(Set("a", 0, 1), Swap("a", "b", 2, 9), Swap("a", "c", 3, 8));
        ShouldBeViolated(Set("a", 0, 1), Swap("a", "b", 2, 3) with { Outcome = Outcome.Refused });
        ShouldBeViolated(Set("a", 0, 1), Swap("a", "b", 2, 3) with { Outcome = Outcome.Refused }, Get("b", 4, 5));
    }

    [Test]
    public void A_conditional_delete_succeeds_only_for_its_version()
    {
        ShouldBeLinearizable(Set("a", 0, 1), DeleteIf("a", 2, 3), Missing(4, 5), DeleteIf("a", 6, 7) with { Outcome = Outcome.Refused });
        ShouldBeViolated(Set("a", 0, 1), Set("b", 2, 3), DeleteIf("a", 4, 5));
        ShouldBeViolated(Set("a", 0, 1), DeleteIf("a", 2, 3), DeleteIf("a", 4, 5));
    }

    [Test]
    public void A_version_is_learned_from_a_read_if_the_response_to_the_write_was_lost()
    {
        var lost = Set("a", 0, 1) with { Outcome = Outcome.Unknown, Version = null };

        ShouldBeLinearizable(lost, Get("a", 2, 3), Swap("a", "b", 4, 5), Get("b", 6, 7));
        ShouldBeViolated(lost, Get("a", 2, 3), Swap("a", "b", 4, 5) with { Outcome = Outcome.Refused });
    }

    [Test]
    public void A_version_that_is_not_the_values_own_is_found()
    {
        ShouldBeViolated(Set("a", 0, 1), Get("a", 2, 3) with { Version = "other" });
        ShouldBeViolated(Set("a", 0, 1), Set("b", 2, 3) with { Version = "version of a" });
    }

    [Test]
    public void A_register_is_linearizable_with_many_clients_and_lost_responses([Range(1, 60)] int seed)
    {
        var history = new History(Simulate(new Random(seed), mostLost: 8));

        history.Operations.Count(operation => operation.Outcome == Outcome.Unknown).Should().BePositive();
        Checker.Check(history).Should().Be(CheckResult.Linearizable);
    }

    [Test]
    public void A_wrong_response_among_many_is_found_and_described_by_a_few_operations([Range(1, 20)] int seed)
    {
        var operations = Simulate(new Random(seed), mostLost: 0);
        var end = operations.Max(operation => operation.Ended) + 1;
        operations.AddRange([Set("last", end, end + 1), Missing(end + 2, end + 3), Set("after", end + 4, end + 5)]);
        var history = new History(operations);

        Checker.Check(history).Should().Be(CheckResult.NotLinearizable);
        var lines = Violation.Describe("k", history).TrimEnd().Split('\n');
        lines.Should().HaveCountLessThanOrEqualTo(40);
        lines.Should().ContainSingle(line => line.Contains("<---")).Which.Should().Contain("get").And.Contain("404");
        lines.Should().ContainSingle(line => line.Contains("set last"));
        lines.Should().NotContain(line => line.Contains("set after"));
    }

    [Test]
    public void A_read_of_an_old_value_is_described_with_its_write()
    {
        var operations = new List<Operation> { Set("old", 0, 1) };
        operations.AddRange(Enumerable.Range(1, 100).Select(round => Set($"{round}", round * 10, (round * 10) + 5)));
        operations.Add(Get("old", 2_000, 2_001));

        var lines = Violation.Describe("k", new History(operations)).TrimEnd().Split('\n');

        lines.Skip(2).Select(line => line.Contains("set old") ? "old" : line.Contains("set 100") ? "100" : line.Contains("get") ? "get" : line)
            .Should().Equal("old", "100", "get");
    }

    [Test]
    public void A_violation_is_not_described_by_operations_that_an_earlier_one_explains()
    {
        // The create took effect before the set, although it ended later. That is not a violation.
        var history = new History(
            [Set("a", 0, 1), Set("b", 2, 3), Get("a", 10, 30), Delete(11, 12), Create("c", 13, 22), Set("d", 14, 20), Get("d", 21, 24)]);

        var text = Violation.Describe("k", history);

        text.Should().Contain("set a").And.Contain("set b");
    }

    private static Operation Set(string value, long called, long ended) => new()
    {
        Client = 1,
        Kind = OperationKind.Set,
        Value = value,
        Called = called,
        Ended = ended,
        Outcome = Outcome.Done,
        Version = $"version of {value}",
    };

    private static Operation Once(string value, long called, long ended) => Set(value, called, ended) with { Once = true };

    private static Operation Create(string value, long called, long ended) => Set(value, called, ended) with { Kind = OperationKind.Create };

    private static Operation Swap(string from, string to, long called, long ended) =>
        Set(to, called, ended) with { Kind = OperationKind.CompareAndSet, Expected = $"version of {from}" };

    private static Operation Get(string value, long called, long ended) => Set(value, called, ended) with { Kind = OperationKind.Get };

    private static Operation Missing(long called, long ended) =>
        Get(string.Empty, called, ended) with { Outcome = Outcome.Refused, Value = null, Version = null };

    private static Operation Gone(string value, long called, long ended) =>
        Get(value, called, ended) with { Outcome = Outcome.AlreadyRead, Value = null };

    private static Operation Delete(long called, long ended) =>
        Get(string.Empty, called, ended) with { Kind = OperationKind.Delete, Value = null, Version = null };

    private static Operation DeleteIf(string value, long called, long ended) =>
        Delete(called, ended) with { Kind = OperationKind.CompareAndDelete, Expected = $"version of {value}" };

    private static void ShouldBeLinearizable(params Operation[] operations) =>
        Checker.Check(new History(operations)).Should().Be(CheckResult.Linearizable);

    private static void ShouldBeViolated(params Operation[] operations)
    {
        var history = new History(operations);
        Checker.Check(history).Should().Be(CheckResult.NotLinearizable);
        Violation.Describe("k", history).Should().Contain("<---");
    }

    /// <summary>
    /// A correct register, implemented independently of the model: 150 operations of five clients. Each takes effect at one moment
    /// between its call and its response, or at any later moment if the response is lost.
    /// </summary>
    private static List<Operation> Simulate(Random random, int mostLost)
    {
        var calls = new List<(long Moment, Operation Operation)>();
        var free = new long[5];
        var lost = 0;
        for (var count = 0; count < 150; count++)
        {
            var client = random.Next(free.Length);
            var called = free[client] + random.Next(1, 20);
            var ended = called + random.Next(1, 100);
            var isLost = lost < mostLost && random.Next(15) == 0;
            lost += isLost ? 1 : 0;
            free[client] = ended;
            var operation = new Operation
            {
                Client = client,
                Kind = (OperationKind)random.Next(6),
                Value = count.ToString(CultureInfo.InvariantCulture),
                Once = random.Next(2) == 0,
                Called = called,
                Ended = ended,
                Outcome = isLost ? Outcome.Unknown : Outcome.Done,
            };
            calls.Add((isLost ? called + random.Next(2_000) : random.NextInt64(called, ended + 1), operation));
        }

        (string Value, bool Once)? register = null;
        string? consumed = null;
        var done = new List<Operation>();
        foreach (var (_, call) in calls.OrderBy(call => call.Moment))
        {
            var operation = call;
            if (operation.Kind is OperationKind.CompareAndSet or OperationKind.CompareAndDelete)
            {
                // A version that some client has seen, usually the current one.
                var known = done.FindLast(other => other.Version is not null && random.Next(3) > 0)?.Version;
                operation = operation with { Expected = known ?? "never seen" };
            }

            var holds = operation.Kind switch
            {
                OperationKind.Get => register is not null,
                OperationKind.Create => register is null,
                OperationKind.CompareAndSet or OperationKind.CompareAndDelete => register is { } now && operation.Expected == $"version of {now.Value}",
                _ => true,
            };
            var read = register?.Value;
            var gone = operation.Kind == OperationKind.Get && !holds ? consumed : null;
            if (holds)
            {
                consumed = operation.Kind != OperationKind.Get ? null : register!.Value.Once ? read : consumed;
                register = operation.Kind switch
                {
                    OperationKind.Get => register!.Value.Once ? null : register,
                    OperationKind.Delete or OperationKind.CompareAndDelete => null,
                    _ => (operation.Value!, operation.Once),
                };
            }

            var value = operation.IsWrite ? operation.Value : operation.Kind == OperationKind.Get && holds ? read : null;
            var isKnown = operation.Outcome != Outcome.Unknown;
            done.Add(operation with
            {
                Value = operation.IsWrite || isKnown ? value : null,
                Once = operation.IsWrite && operation.Once,
                Outcome = !isKnown ? Outcome.Unknown : holds ? Outcome.Done : gone is not null ? Outcome.AlreadyRead : Outcome.Refused,
                Version = isKnown && (gone ?? (holds ? value : null)) is { } named ? $"version of {named}" : null,
            });
        }

        return done;
    }
}
