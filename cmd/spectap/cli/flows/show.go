package flows

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/delta"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/store"
)

// showing is one run of `flows show`.
type showing struct {
	p                 *cli.Program
	reveal, raw, curl bool
}

func newFlowsShowCmd(p *cli.Program) *cobra.Command {
	s := &showing{p: p}
	cmd := &cobra.Command{
		Use:   "show NUMBER",
		Short: "Show the request and response of one flow",
		Long: `Show the request and response of one flow. The stream of a language model is shown as the message
that its events assemble: text, reasoning, tool calls, usage. --raw prints the events.`,
		Example: `  spectap flows show 17
  spectap flows show 17 --curl               # as a command of a shell`,
		Args: cli.Exactly(1, "the number of a flow"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if s.raw && p.JSON || s.raw && s.curl || p.JSON && s.curl {
				return cli.Usagef(cmd, "--raw, --json and --curl exclude each other")
			}
			if err := flagset.Check(cmd, flagset.Exclude("raw curl", "proto", "they print the bytes of messages")); err != nil {
				return err
			}
			n, err := flowNumber(args[0])
			if err != nil {
				return err
			}
			return s.run(cmd.Context(), n)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&s.reveal, "reveal", false, "show secrets")
	f.BoolVar(&s.raw, "raw", false,
		"print the messages as bytes, without indenting or assembling bodies or escaping control characters")
	p.AddJSON(cmd, "print one JSON object")
	p.AddProtoFlag(cmd)
	f.BoolVar(&s.curl, "curl", false, "print the request as a curl command")
	return cmd
}

// flowNumber parses the number of a flow, with or without "#".
func flowNumber(arg string) (flow.Seq, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(arg, "#"), 10, 64)
	if err != nil || n == 0 {
		return 0, cli.WithHint(cli.Misusef("%q is not a flow number; spectap flows ls prints them", arg), "spectap flows ls --limit 1   # the newest")
	}
	return flow.Seq(n), nil
}

// getFlow reads a flow by its number.
func getFlow(ctx context.Context, st store.Reader, n flow.Seq) (flow.Flow, error) {
	f, err := st.Get(ctx, n)
	if errors.Is(err, store.ErrNotFound) {
		return f, cli.WithHint(fmt.Errorf("no flow has the number %d", n), "spectap flows ls --limit 20")
	}
	return f, err
}

func (s *showing) run(ctx context.Context, n flow.Seq) error {
	st, err := s.p.Open(store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	f, err := getFlow(ctx, st, n)
	if err != nil {
		return err
	}
	shown, err := s.p.Viewer(ctx, st, s.reveal)
	if err != nil {
		return err
	}
	if shown != nil {
		f = shown(f)
	}
	switch {
	case s.p.JSON:
		return PrintJSON(s.p, detailOf(&f))
	case s.raw:
		s.noteOmissions(&f)
		return printRaw(s.p.ExactOut(), &f)
	case s.curl:
		_, err := fmt.Fprintln(s.p.Stdout, codegen.Curl(&f, true))
		return err
	}
	return printFlow(s.p.Stdout, &f)
}

// noteOmissions prints which bodies are missing in the output.
func (s *showing) noteOmissions(f *flow.Flow) {
	note := func(message string, b flow.Body) {
		if b.Omitted != "" {
			fmt.Fprintf(s.p.Stderr, "the body of the %s is %s (--reveal prints it)\n", message, flow.Omission(b.Size, b.Omitted))
		}
	}
	note("request", f.Request.Body)
	if f.Response != nil {
		note("response", f.Response.Body)
	}
}

// printRaw prints request and response as bytes.
func printRaw(w io.Writer, f *flow.Flow) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s %s\r\n", f.Request.Method, f.Request.Target(), cmp.Or(f.Request.Proto, "HTTP/1.1"))
	if !f.Request.Header.Has("Host") {
		fmt.Fprintf(&b, "Host: %s\r\n", f.Request.Authority)
	}
	rawMessage(&b, f.Request.Header, f.Request.Body)
	if r := f.Response; r != nil {
		fmt.Fprintf(&b, "\r\n%s %d %s\r\n", cmp.Or(r.Proto, "HTTP/1.1"), r.Status, http.StatusText(r.Status))
		rawMessage(&b, r.Header, r.Body)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func rawMessage(b *bytes.Buffer, h flow.Header, body flow.Body) {
	for _, f := range h {
		fmt.Fprintf(b, "%s: %s\r\n", f.Name, f.Value)
	}
	b.WriteString("\r\n")
	b.Write(body.Data)
	if len(body.Data) > 0 {
		b.WriteString("\r\n")
	}
}

// printFlow prints a flow for a person.
func printFlow(w io.Writer, f *flow.Flow) error {
	var b strings.Builder
	took := "under way"
	if f.Done {
		took = "took " + f.Took.Round(10*time.Microsecond).String()
	}
	fmt.Fprintf(&b, "#%d  %s  %s  %s\n\n", f.Seq, f.Started.Local().Format("2006-01-02 15:04:05.000"), took, visible.Line(f.Source))
	fmt.Fprintf(&b, "%s %s  %s\n", visible.Line(f.Request.Method), visible.Line(f.Request.URL()), f.Request.Proto)
	textMessage(&b, f.Request.Header, f.Request.Trailer, f.Request.Body)
	textChange(&b, f.Request.Changed, "request", "client")
	for _, t := range f.Tags {
		if name, ok := strings.CutPrefix(t, "rule:"); ok {
			fmt.Fprintf(&b, "(the rule %s changed, held or answered this flow: no document learns from it)\n", visible.Line(name))
		}
	}
	if f.Request.ForeignHost() != "" {
		b.WriteString("(the Host header names another host than the URL)\n")
	}
	if name := f.ForeignServerName(); name != "" {
		fmt.Fprintf(&b, "(the TLS handshake names another host than the URL: %s)\n", visible.Line(name))
	}
	if r := f.Response; r != nil {
		fmt.Fprintf(&b, "\n%d %s  %s\n", r.Status, http.StatusText(r.Status), r.Proto)
		textMessage(&b, r.Header, r.Trailer, r.Body)
		textChange(&b, r.Changed, "response", "upstream")
	}
	textMessages(&b, f.Messages)
	if why := f.Failure(); why != "" {
		fmt.Fprintf(&b, "\nfailed: %s\n", visible.Line(why))
	} else if f.Response == nil {
		b.WriteString("\nno answer yet\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func textMessage(b *strings.Builder, h, trailer flow.Header, body flow.Body) {
	for _, f := range h {
		fmt.Fprintf(b, "%s: %s\n", visible.Line(f.Name), visible.Line(f.Value))
	}
	if text := bodyText(h, body); text != "" {
		b.WriteString("\n" + text)
		if !strings.HasSuffix(text, "\n") {
			b.WriteString("\n")
		}
	}
	for _, f := range trailer {
		fmt.Fprintf(b, "%s: %s  (trailer)\n", visible.Line(f.Name), visible.Line(f.Value))
	}
}

// textChange prints that a rule has changed a message.
func textChange(b *strings.Builder, c flow.Change, message, sender string) {
	if c != 0 {
		fmt.Fprintf(b, "(a rule changed the %s of this %s, which is shown as the %s sent it)\n", c, message, sender)
	}
}

// textMessages prints the messages of a WebSocket, one per line: time, direction, content.
func textMessages(b *strings.Builder, ms []flow.Message) {
	if len(ms) > 0 {
		fmt.Fprintf(b, "\n%s:\n", cli.Plural(len(ms), "message"))
	}
	for _, m := range ms {
		way := "<" // from the server, as in the output of curl
		if m.FromClient {
			way = ">"
		}
		text := visible.Line(string(m.Data))
		if m.Kind != flow.Text {
			text = m.Kind.String()
			if len(m.Data) > 0 {
				text += fmt.Sprintf(", %d bytes: %q", m.Size, m.Data[:min(len(m.Data), 32)])
			}
		}
		if m.Omitted != "" {
			text = m.Kind.String() + " (" + flow.Omission(m.Size, m.Omitted) + ")"
		}
		if m.Truncated {
			text += fmt.Sprintf(" (… cut off: %d bytes were sent)", m.Size)
		}
		fmt.Fprintf(b, "%10s %s %s\n", "+"+m.At.Round(time.Millisecond).String(), way, text)
	}
}

// bodyText formats a body for a person: JSON is indented, the stream of a language model is
// assembled, text is unchanged, and other bodies become a note.
func bodyText(h flow.Header, body flow.Body) string {
	if body.Omitted != "" {
		return "(" + flow.Omission(body.Size, body.Omitted) + ")\n"
	}
	if body.Size == 0 && len(body.Data) == 0 {
		if t := body.Truncation(h); t != "" {
			return "(" + t + ")\n"
		}
		return ""
	}
	if len(body.Data) == 0 {
		return fmt.Sprintf("(%s, %s)\n", flow.Size(body.Size), cmp.Or(body.Truncation(h), "not recorded"))
	}
	data, complete, err := decode.Body(h, body, 0)
	if err != nil {
		return fmt.Sprintf("(%d bytes: %s)\n", body.Size, visible.Line(err.Error()))
	}
	mt := h.MediaType()
	if values, ok := decode.Packed(mt, data); ok {
		mt, data = "application/json", values
	}
	end := ""
	if !complete {
		end = "(… " + cmp.Or(body.Truncation(h), "the end is missing") + ")\n"
	}
	if answer, ok := delta.Read(mt, data); ok {
		return visible.Text(answer.Text()) + fmt.Sprintf("(assembled from %s, which --raw prints)\n", cli.Plural(answer.Events, "event")) + end
	}
	if !view.IsText(mt, data) {
		note := fmt.Sprintf("(%d bytes of %s)\n", len(data), visible.Line(cmp.Or(mt, "data")))
		if decode.IsProtobuf(mt) {
			note += "(--proto FILE, with the descriptor of its message, shows it)\n"
		}
		return note + end
	}
	if decode.IsJSON(decode.Kind(mt, data)) || decode.BeginsJSON(data) {
		var b bytes.Buffer
		if json.Indent(&b, data, "", "  ") == nil {
			data = b.Bytes()
		}
	}
	text := visible.Text(string(data))
	if end != "" {
		text += "\n" + end
	}
	return text
}
