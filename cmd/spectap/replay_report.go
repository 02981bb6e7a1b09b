package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/compare"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/store"
)

// report stores the exchange and prints the answer. raw is the exchange as it was; shown has the
// answer without secrets.
func (r *replaying) report(ctx context.Context, request *replay.Request, red *redact.Redactor, raw, shown *flow.Flow) error {
	kept := request.ForStore(*raw)
	number, notStored := flow.Seq(0), error(nil)
	if !r.forgo {
		if number, notStored = r.p.appendFlow(ctx, kept); notStored != nil {
			fmt.Fprintf(r.p.stderr, "spectap: the exchange was not stored: %v\n", notStored)
		}
	}
	recorded := red.Flow(request.Flow)
	var differences *compare.Result
	if recorded.Response != nil {
		d := compare.Responses(&recorded, shown)
		differences = &d
	}
	printed := red.Flow(kept)
	printed.Response = shown.Response
	if r.reveal {
		printed = *raw
	}
	printed.Seq = number
	if r.json {
		out := replayResult{flowDetail: detailOf(&printed), Recorded: request.Flow.Seq}
		if differences != nil {
			out.Differences, out.Partly = append([]compare.Difference{}, differences.Differences...), differences.Partly
		}
		return r.p.printJSON(out)
	}
	if number != 0 {
		fmt.Fprintf(r.p.stderr, "stored as flow %d\n", number)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n%d %s  %s  in %s\n", visible.Line(printed.Request.Method), visible.Line(printed.Request.URL()),
		printed.Response.Status, http.StatusText(printed.Response.Status), printed.Response.Proto, raw.Took.Round(100*time.Microsecond))
	textMessage(&b, printed.Response.Header, printed.Response.Trailer, printed.Response.Body)
	if printed.Response.Body.Truncated {
		b.WriteString("(the end of the body was not received)\n")
	}
	textDifferences(&b, request.Flow.Seq, differences)
	_, err := io.WriteString(r.p.stdout, b.String())
	return err
}

// replayResult is the JSON object that `replay --json` prints: the flow that was sent, and how its
// response differs from the recorded one, a being that. Number is 0 if it was not stored.
type replayResult struct {
	flowDetail
	Recorded    flow.Seq             `json:"recorded"`
	Differences []compare.Difference `json:"differences,omitempty"`
	Partly      bool                 `json:"differences_partly,omitzero"`
}

// textDifferences prints how an answer differs from the recorded one, apart from headers such as
// Date that differ between most answers.
func textDifferences(b *strings.Builder, recorded flow.Seq, d *compare.Result) {
	if d == nil {
		fmt.Fprintf(b, "\nflow %d has no response to compare with\n", recorded)
		return
	}
	shown := slices.DeleteFunc(slices.Clone(d.Differences), func(x compare.Difference) bool {
		return x.Where == "header" && compare.IsIncidental(strings.ToLower(x.Name))
	})
	if len(shown) == 0 {
		fmt.Fprintf(b, "\nthe answer is that of flow %d\n", recorded)
		return
	}
	fmt.Fprintf(b, "\n%s from the answer of flow %d:\n", plural(len(shown), "difference"), recorded)
	for _, x := range shown {
		line := strings.TrimSpace(x.Where + " " + x.Name)
		switch x.Change {
		case compare.OnlyA:
			line += ": was " + x.A + ", now absent"
		case compare.OnlyB:
			line += ": was absent, now " + x.B
		case compare.Hidden:
			line += ": not compared, a secret"
		default:
			line += ": was " + x.A + ", now " + x.B
		}
		b.WriteString("  " + visible.Line(line) + "\n")
	}
	if d.Partly {
		b.WriteString("  and perhaps more: the answers are too large\n")
	}
}

// appendFlow stores a flow and returns its number.
func (p *program) appendFlow(ctx context.Context, f flow.Flow) (flow.Seq, error) {
	st, err := p.openToChange(store.Options{})
	if err != nil {
		return 0, err
	}
	last, err := st.Append(ctx, f)
	return last, errors.Join(err, st.Close())
}

// appendOwn stores a flow in a store of which this process holds a lease.
func (p *program) appendOwn(ctx context.Context, l *control.Lease, f flow.Flow) (last flow.Seq, err error) {
	err = l.Suspend(func() (err error) {
		last, err = p.appendFlow(ctx, f)
		return err
	})
	return last, err
}
