package contract

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/view"
)

// Config says how to send steps.
type Config struct {
	// Base is the URL of the server, to which alone requests go.
	Base *url.URL
	// Client sends to Base and follows no redirects.
	Client *egress.Client
	// Redactor hides secrets in what is reported.
	Redactor replay.Redactor
	// Getenv returns the values of variables, which stand for secrets in archives.
	Getenv func(string) string
	// Timeout bounds one request.
	Timeout time.Duration
	// All sends all steps, however many differences are found.
	All bool
}

// MissingError reports that a variable of an archive has no value.
type MissingError struct {
	Flow     flow.Seq
	Variable string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("request %d needs the variable %s, which no earlier answer gives", e.Flow, e.Variable)
}

// maxSilent is how many steps in a row stay without an answer before the server counts as gone.
const maxSilent = 3

// Run sends steps, at least one, in order and reports what their answers break, and how many it
// sent. A step without an answer is a difference; the next ones are sent nevertheless, until the
// server is gone or, unless Config.All is set, maxFound are found. A server that never answered is
// an error.
func Run(ctx context.Context, steps []*Step, c Config) (found []Difference, sent int, err error) {
	v := &values{live: map[string]string{}, recorded: map[string]string{}, sent: map[string]bool{}, getenv: c.Getenv}
	v.replace(steps[0].Request.Origin(), c.Base.Scheme+"://"+c.Base.Host)
	v.replace(steps[0].Request.Authority, c.Base.Host)
	silent := 0
	for silent < maxSilent && sent < len(steps) && (c.All || len(found) < maxFound) {
		d, err := run(ctx, steps[sent], v, &c)
		if err != nil {
			return found, sent, err
		}
		found = append(found, d...)
		sent++
		silent++
		if len(d) == 0 || d[0].Rule != "answer" {
			silent = 0
		}
	}
	if silent == sent {
		err = fmt.Errorf("%s did not answer %s: %s", c.Base.Host, found[0].Operation, found[0].Live)
	}
	return found, sent, err
}

func run(ctx context.Context, s *Step, v *values, c *Config) ([]Difference, error) {
	x := &comparison{values: v, step: s}
	live := flow.Flow{Request: v.request(s.Request, c.Base)}
	if v.missing != "" {
		return nil, &MissingError{s.Flow, v.missing}
	}
	request, err := replay.New(live, []string{live.Request.Origin()}, c.Redactor, nil)
	if err != nil {
		return nil, err
	}
	request.Call.Once = true
	raw, public, err := request.Send(ctx, c.Client, c.Timeout)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		x.add("answer", "", fmt.Sprint("status ", s.Answer.Status), err.Error())
	default:
		x.answers(raw.Response)
	}
	for i := range x.found {
		d := &x.found[i]
		d.Recorded, d.Live = shown(d.Recorded, d.Rule, s.shown.Response), shown(d.Live, d.Rule, public.Response)
	}
	return x.found, nil
}

// shown returns a value, unless the answer without secrets lacks it.
func shown(value, rule string, r *flow.Response) string {
	if rule == "value" || rule == "identity" {
		data, _, _ := decode.Body(r.Header, r.Body, maxBody)
		if text := fmt.Sprintf("%s %v", data, r.Header); !strings.Contains(text, value) && !strings.Contains(text, strings.Trim(scan.JSON.Encode(value), `"`)) {
			return "(hidden)"
		}
	}
	return view.Cut(view.Visible(value), maxShown)
}
