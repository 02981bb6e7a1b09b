package front

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/enforce"
)

// planner is a bank with the tool "plan", which reads and then pays twice.
type planner struct {
	*bank
	adjustPart func(*guard.Part)
}

func (p *planner) Preview(ctx context.Context, name string, args json.RawMessage, answered bool) (*guard.Preview, json.Marshaler) {
	if name != "plan" {
		return p.bank.Preview(ctx, name, args, answered)
	}
	x := payment{}
	if err := json.Unmarshal(args, &x); err != nil {
		return nil, failedText("the arguments are invalid")
	}
	of, refusal := p.bank.Preview(ctx, "pay", args, answered)
	if refusal != nil {
		return nil, refusal
	}
	plan := *of
	plan.Tool, plan.Methods = "plan", nil
	for i, name := range []string{"read", "pay", "pay"} {
		text := fmt.Appendf(nil, `{"n":%d}`, i)
		named, _ := p.Read(ctx, name, text)
		part := guard.Part{Name: name, Named: named, Step: fmt.Sprintf("step %d: ", i+1), Planned: true}
		if part.Preview, _ = p.bank.Preview(ctx, name, text, false); part.Preview == nil {
			part.Preview = &guard.Preview{Tool: name, Methods: guard.Methods{"GET"}, Sent: "GET /read", Digest: of.Digest, Refuse: of.Refuse}
		}
		if p.adjustPart != nil {
			p.adjustPart(&part)
		}
		plan.Parts = append(plan.Parts, part)
	}
	return &plan, nil
}

// plan makes the calls of a plan one after the other. It stops at one that is refused.
func (p *planner) plan(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	pass, texts := guard.PassOf(ctx), []string{}
	for _, part := range pass.Parts {
		of, done, refusal := pass.Begin(ctx, part)
		if refusal != nil {
			return mcp.NewToolResultError("ended: " + string(refusal)), nil
		}
		res := mcp.NewToolResultText(part.Name)
		if part.Name == "pay" {
			res, _ = p.pay(guard.WithPass(ctx, of), mcp.CallToolRequest{})
		}
		raw, err := json.Marshal(res)
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(done(raw)))
	}
	return mcp.NewToolResultText("done: " + strings.Join(texts, " ")), nil
}

// TestParts: a call that makes others asks once for all of them. Each must be allowed by itself, when
// the plan is made and when it is sent, and none has more consent than the plan.
func TestParts(t *testing.T) {
	for name, c := range map[string]struct {
		policy   string
		adjust   func(*guard.Part)
		late     string // the policy after the call is held
		want     string // of the first call
		then     string // of the confirmed one
		paid     string
		verdicts string
	}{
		"all": {"plan: {}, read: {}, pay: {require_approval: false}", nil, "", "IsHeld", "done: ", "1 2",
			"allow plan model, allow read, allow pay model, allow pay model"},
		"a hidden one":             {"plan: {}, read: {}", nil, "", "NotAllowed; ; step 2: the policy does not allow it", "NotAllowed", "", ""},
		"a denied one":             {"plan: {}, read: {}, pay: {action: deny}", nil, "", "NotAllowed; ; step 2: ", "NotAllowed", "", ""},
		"one that is hidden later": {"plan: {}, read: {}, pay: {require_approval: false}", nil, "plan: {}, read: {}", "IsHeld", "NotAllowed; ; step 2", "", ""},
		"one that nobody has accepted": {"plan: {}, read: {}, pay: {}", func(p *guard.Part) {
			if p.Name == "pay" {
				p.Quarantined = func() string { return "nobody has accepted it" }
			}
		}, "", "NotAllowed; ; step 2: nobody has accepted it", "NotAllowed", "", ""},
		"one that was not planned": {"plan: {}, read: {}, pay: {}", func(p *guard.Part) { p.Planned = p.Prepared != payment{N: 2} }, "",
			"IsHeld", "ended: ", "1", "allow plan model, allow read, allow pay model, hold pay"},
		"a result that is withheld": {"plan: {}, read: {}, pay: {results: {max_bytes: 10}}", nil, "", "IsHeld", "[POLICY DENIED] /tools/pay: the result has", "1 2",
			"allow plan model, allow read, allow pay model, allow pay model"},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJudging(t, "{version: 1, tools: {"+c.policy+"}}", inMemory)
			p := &planner{j.bank, c.adjust}
			j.mcp.AddTool(mcp.NewTool("plan"), p.plan)
			w := dial(t, newJudge(Guarded(p, j.guard, nil)), "s", false)
			wantIn(t, "first", w.send("tools/call", `{"name":"plan","arguments":{"n":0}}`), c.want)
			j.wantPaid("before it is confirmed", "")
			if c.late != "" {
				noError(t, j.guard.SetPolicy(j.load("{version: 1, tools: {"+c.late+"}}")))
			}
			n := len(j.records())
			wantIn(t, "confirmed", w.send("tools/call", `{"name":"plan","arguments":{"n":0,"__confirmed":true}}`), c.then)
			j.wantPaid("confirmed", c.paid)
			var verdicts []string
			outcomes := 0
			for _, r := range j.records()[n:] {
				if r.Decision != "" {
					verdicts = append(verdicts, strings.TrimSpace(r.Decision+" "+r.Name+" "+r.Confirmed))
				} else if r.Outcome != "" {
					outcomes++
				}
			}
			if got := strings.Join(verdicts, ", "); c.verdicts != "" && (got != c.verdicts || outcomes != strings.Count(got, "allow")) {
				t.Errorf("the audit has %d outcomes of %s, want %s", outcomes, got, c.verdicts)
			}
		})
	}
}

// TestPartsCount: each part counts against the limits of its tool.
func TestPartsCount(t *testing.T) {
	const text = `{version: 1, tools: {plan: {}, read: {}, pay: {limits: [{counter: n, window: hour, max: 1}]}}}`
	j := newJudging(t, text, func(c *enforce.Config) { c.Confirm.NoConfirmDangerous = true })
	p := &planner{bank: j.bank}
	j.mcp.AddTool(mcp.NewTool("plan"), p.plan)
	w := dial(t, newJudge(Guarded(p, j.guard, nil)), "s", false)
	wantIn(t, "plan", w.send("tools/call", `{"name":"plan","arguments":{"n":0}}`), "ended: ", "/tools/pay/limits/0")
	j.wantPaid("within the limit", "1")
}
