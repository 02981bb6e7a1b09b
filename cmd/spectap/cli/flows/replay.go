package flows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/compare"
	"github.com/spectap/spectap/mcptools/forgery"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/openapi/router"
	"github.com/spectap/spectap/store"
)

const replayLong = `Sends the request of a flow again, with changes if you like, and shows the answer and how it differs
from the recorded one. Secrets of the request are sent to the origin of the flow, and to no other. A
request that does more than read is shown first, and sent if you agree.

--set changes one part, which is named by its place:
  query.NAME=VALUE      a parameter of the query
  header.NAME=VALUE     a header
  cookie.NAME=VALUE     a cookie
  path.NAME=VALUE       a parameter of the path, by its name in the inferred document, or a segment by
                        its number, from 1
  body.MEMBER=VALUE     a member of a JSON body or a field of a form; body.items.0.qty is the first
                        element's, body.items.- adds one, body."a.b" quotes a name
  body.MEMBER:=JSON     a member, whatever its type was
  method=VALUE, path=VALUE, query=VALUE, body=VALUE
                        the whole, as it is sent
A member that is a string stays one; another takes VALUE as JSON, or as text if it is none.
--unset removes what it names. docs/replay.md says more.`

const replayExample = `  spectap replay 17
  spectap replay 17 --set query.page=2 --set header.Accept-Language=de --unset cookie.session
  spectap replay 23 --set path.order_id=42 --set body.lines.0.qty=3 --dry-run
  spectap replay 23 --set body.note:=null --yes --json`

// replaying is one run of `replay`.
type replaying struct {
	p                                   *cli.Program
	set, unset                          []string
	trust                               flagset.TrustFlags
	bodyFile                            string
	dryRun, yes, reveal, private, forgo bool
	timeout                             time.Duration
}

// NewReplayCmd returns the command replay.
func NewReplayCmd(p *cli.Program) *cobra.Command {
	r := &replaying{p: p}
	cmd := &cobra.Command{
		Use:     "replay NUMBER",
		Short:   "Send the request of a flow again, with changes",
		Long:    replayLong,
		Example: replayExample,
		Args:    cli.Exactly(1, "the number of a flow"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := flowNumber(args[0])
			if err != nil {
				return err
			}
			if r.timeout <= 0 || r.timeout > replay.MaxTimeout {
				return cli.Usagef(cmd, "--timeout %s: must be above zero, and at most %s", r.timeout, replay.MaxTimeout)
			}
			return r.run(cmd.Context(), n)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&r.set, "set", nil, "change one part: `PLACE=VALUE` (repeatable)")
	f.StringArrayVar(&r.unset, "unset", nil, "remove one part, as `PLACE` (repeatable)")
	f.StringVar(&r.bodyFile, "body", "", "send the text of this `file` as the body; - is standard input")
	f.BoolVar(&r.dryRun, "dry-run", false, "show the request, and send nothing")
	f.BoolVar(&r.yes, "yes", false, "send without asking")
	p.AddJSON(cmd, "print one JSON object")
	f.BoolVar(&r.reveal, "reveal", false, "show secrets")
	f.BoolVar(&r.forgo, "no-store", false, "do not store the exchange")
	f.BoolVar(&r.private, "allow-private", false, "let the host be a name of a private address")
	r.trust.AddFlags(f, "")
	flagset.TimeVar(f, &r.timeout, "timeout", egress.DefaultTimeout, "how long to wait for the answer")
	return cmd
}

func (r *replaying) run(ctx context.Context, n flow.Seq) error {
	request, red, err := r.build(ctx, n)
	if err != nil {
		return replayError(err)
	}
	upstreamTLS, err := r.trust.TLS()
	if err != nil {
		return err
	}
	person := replay.Person{TLS: upstreamTLS, AllowPrivate: r.private}
	ready, err := person.Prepare(request)
	if err != nil {
		return err
	}
	defer ready.Close()
	preview, err := ready.Preview()
	if err != nil {
		return err
	}
	if r.dryRun {
		return r.show(request, ready, preview)
	}
	if err := r.confirm(request, ready, preview); err != nil {
		return err
	}
	raw, shown, err := ready.Send(ctx, r.timeout)
	switch { // the reason is already text, without secrets
	case err == nil:
		return r.report(ctx, request, red, &raw, &shown)
	case strings.Contains(err.Error(), "failed to verify certificate"): // tls.CertificateVerificationError
		return cli.WithHint(err, flagset.UntrustedHint(err.Error(), request.Call.URL.Hostname()))
	case strings.Contains(err.Error(), egress.ErrAddress.Error()):
		return cli.WithHint(err, "--allow-private, if the host is meant to lead to this machine or its network")
	}
	return err
}

// build returns the request of a flow with the changes.
func (r *replaying) build(ctx context.Context, n flow.Seq) (*replay.Request, *redact.Redactor, error) {
	edits, err := r.edits()
	if err != nil {
		return nil, nil, err
	}
	st, err := r.p.Open(store.Options{ReadOnly: true})
	if err != nil {
		return nil, nil, err
	}
	defer st.Close()
	f, err := getFlow(ctx, st, n)
	if err != nil {
		return nil, nil, err
	}
	red, err := r.p.Redactor(ctx, st)
	if err != nil {
		return nil, nil, err
	}
	request, err := replay.New(f, []string{f.Request.Origin()}, red, nil)
	if err != nil {
		return nil, nil, err
	}
	draft := request.Draft()
	template, err := r.template(ctx, st, &f, edits)
	if err != nil {
		return nil, nil, err
	}
	if err := draft.Edit(edits, template); err != nil {
		return nil, nil, err
	}
	if r.bodyFile != "" {
		data, err := r.p.ReadInput("body", r.bodyFile)
		if err != nil {
			return nil, nil, err
		}
		text := string(data)
		draft.Body = &text
	}
	if err := request.Rewrite(draft); err != nil || !request.HasToken() {
		return request, red, err
	}
	host := catalog.Request{Hosts: []string{f.Request.Authority}}
	if d, err := r.p.NewCatalog(st, catalog.SaveNever).Document(ctx, host); err == nil { // else the token of the flow is sent
		request.Enter(spectools.EntryOf(d.OpenAPI))
	}
	return request, red, nil
}

// edits reads --set and --unset.
func (r *replaying) edits() (edits []replay.Edit, err error) {
	for _, list := range []struct {
		texts  []string
		remove bool
	}{{r.set, false}, {r.unset, true}} {
		for _, text := range list.texts {
			e, err := replay.ParseEdit(text, list.remove)
			if err != nil {
				return nil, err
			}
			edits = append(edits, e)
		}
	}
	return edits, nil
}

// template returns the path template of a flow in the inferred document, if an edit needs it.
func (r *replaying) template(ctx context.Context, st control.Store, f *flow.Flow, edits []replay.Edit) (*replay.Template, error) {
	byName := func(e replay.Edit) bool { return e.In == "path" && strings.Trim(e.Name, "0123456789") != "" }
	if !slices.ContainsFunc(edits, byName) {
		return nil, nil
	}
	d, err := r.p.NewCatalog(st, catalog.SaveNever).Document(ctx, catalog.Request{Hosts: []string{f.Request.Authority}})
	if err != nil {
		return nil, err
	}
	routes, err := router.New(d.OpenAPI)
	if err != nil {
		return nil, err
	}
	m, ok := routes.FindFlow(f, f.Request.Authority)
	if !ok {
		return nil, nil // the document has no operation for it
	}
	path, _, _ := strings.Cut(m.Template, "#")
	return &replay.Template{Path: m.Prefix + path, Params: m.Params}, nil
}

// confirm asks the person to confirm a request, unless it only reads. It shows the request first.
func (r *replaying) confirm(request *replay.Request, ready *replay.Prepared, preview []byte) error {
	if r.yes || !ready.Holds() {
		return nil
	}
	fmt.Fprintf(r.p.Stderr, "to %s%s:\n%s\n", request.Flow.Request.Origin(), request.After(), strings.TrimRight(string(preview), "\r\n"))
	if err := r.p.Confirm("send this request?", false); errors.Is(err, cli.ErrDeclined) {
		return errors.New("nothing was sent")
	} else if err != nil {
		return fmt.Errorf("nothing was sent: %w", err)
	}
	return nil
}

// replayError returns an error of package replay in the words of the command line.
func replayError(err error) error {
	var e *tool.Error
	if !errors.As(err, &e) {
		return err
	}
	text := strings.TrimPrefix(e.Message, "argument ")
	if e.Argument != "" {
		text = "--set " + text
	}
	err = errors.New(text)
	try := e.Hint
	if e.Code == tool.CodeBadArgument {
		err, try = cli.Misused(err), "spectap replay --help" // hints of tools name tools
	}
	return cli.WithHint(err, try)
}

// show prints the request that would be sent.
func (r *replaying) show(request *replay.Request, ready *replay.Prepared, preview []byte) error {
	if r.reveal {
		var err error
		if preview, err = ready.Reveal(); err != nil {
			return err
		}
	}
	if r.p.JSON {
		return PrintJSON(r.p, struct {
			Origin  string `json:"origin"`
			Request string `json:"request"`
			Asks    bool   `json:"asks"`
		}{request.Flow.Request.Origin(), string(preview), ready.Holds()})
	}
	fmt.Fprintf(r.p.Stderr, "to %s%s, not sent\n", request.Flow.Request.Origin(), request.After())
	_, err := io.WriteString(r.p.Stdout, strings.ReplaceAll(string(preview), "\r\n", "\n"))
	if err == nil && len(preview) > 0 && preview[len(preview)-1] != '\n' {
		_, err = io.WriteString(r.p.Stdout, "\n")
	}
	return err
}

// report stores the exchange and prints the response. raw is the unredacted exchange; shown has the
// redacted response.
func (r *replaying) report(ctx context.Context, request *replay.Request, red *redact.Redactor, raw, shown *flow.Flow) error {
	kept := request.ForStore(*raw)
	number, notStored := flow.Seq(0), error(nil)
	if !r.forgo {
		if number, notStored = appendFlow(ctx, r.p, kept); notStored != nil {
			fmt.Fprintf(r.p.Stderr, "spectap: the exchange was not stored: %v\n", notStored)
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
	if forged := forgery.Of(raw.Response.Status, "", raw.Response.Header, raw.Response.Body); forged != forgery.None {
		fmt.Fprintf(r.p.Stderr, "spectap: %s\ntry: a newer flow of the session, or --set header.X-CSRF-Token=… (or header.Origin) as a page of the app sends it\n", forged)
	}
	if r.p.JSON {
		out := replayResult{flowDetail: detailOf(&printed), Recorded: request.Flow.Seq}
		if differences != nil {
			out.Differences, out.Partly = append([]compare.Difference{}, differences.Differences...), differences.Partly
		}
		return PrintJSON(r.p, out)
	}
	if number != 0 {
		fmt.Fprintf(r.p.Stderr, "stored as flow %d\n", number)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n%d %s  %s  in %s\n", visible.Line(printed.Request.Method), visible.Line(printed.Request.URL()),
		printed.Response.Status, http.StatusText(printed.Response.Status), printed.Response.Proto, raw.Took.Round(100*time.Microsecond))
	textMessage(&b, printed.Response.Header, printed.Response.Trailer, printed.Response.Body)
	if printed.Response.Body.Truncated {
		b.WriteString("(the end of the body was not received)\n")
	}
	textDifferences(&b, request.Flow.Seq, differences)
	_, err := io.WriteString(r.p.Stdout, b.String())
	return err
}

// replayResult is the JSON object that `replay --json` prints: the flow that was sent, and the
// differences between its response and the recorded one, which is a. Number is 0 if the flow was
// not stored.
type replayResult struct {
	flowDetail
	Recorded    flow.Seq             `json:"recorded"`
	Differences []compare.Difference `json:"differences,omitempty"`
	Partly      bool                 `json:"differences_partly,omitzero"`
}

// textDifferences prints the differences between a response and the recorded one, except for
// headers such as Date that usually differ.
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
	fmt.Fprintf(b, "\n%s from the answer of flow %d:\n", cli.Plural(len(shown), "difference"), recorded)
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
func appendFlow(ctx context.Context, p *cli.Program, f flow.Flow) (flow.Seq, error) {
	st, err := hub.OpenToChange(p, store.Options{})
	if err != nil {
		return 0, err
	}
	last, err := st.Append(ctx, f)
	return last, errors.Join(err, st.Close())
}

// AppendOwn stores a flow in a store of which this process holds a lease.
func AppendOwn(ctx context.Context, p *cli.Program, l *control.Lease, f flow.Flow) (last flow.Seq, err error) {
	err = l.Suspend(func() (err error) {
		last, err = appendFlow(ctx, p, f)
		return err
	})
	return last, err
}
