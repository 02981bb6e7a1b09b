package mcpclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/internal/visible"
)

// Prompter reads a line that a person types after showing a prompt, which is fit for a terminal. It returns io.EOF
// when there are no more, and ErrInterrupted when the person gave this one up (Ctrl-C).
type Prompter interface {
	ReadLine(prompt string) (string, error)
}

// ErrInterrupted says that a person gave up what was being typed, or a call.
var ErrInterrupted = errors.New("interrupted")

// Form puts a server's questions to a person, field by field, one question at a time. It is safe for concurrent use.
type Form struct {
	In     Prompter
	Out    io.Writer
	Notes  io.Writer // for what comes while something else is typed; nil is Out
	Colour bool

	open func() bool // whether a call is under way; set by Connect

	mu   sync.Mutex // held while a question is asked
	stop struct {
		sync.Mutex
		call func() // gives up the call that is under way
	}
}

// during says how to give up the call that is under way.
func (f *Form) during(stop func()) {
	f.stop.Lock()
	defer f.stop.Unlock()
	f.stop.call = stop
}

// Elicit implements the library's ElicitationHandler.
func (f *Form) Elicit(ctx context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil { // the call was given up, perhaps at the question before this one
		return answered(mcp.ElicitationResponseActionCancel, nil), nil
	}
	if f.open != nil && !f.open() {
		// Nobody expects a question now; it could catch what is typed for something else.
		w := f.Notes
		if w == nil {
			w = f.Out
		}
		fmt.Fprintln(w, "The server asked something outside of a call. It was not put to you.")
		return answered(mcp.ElicitationResponseActionCancel, nil), nil
	}
	content, action, err := f.ask(r.Params)
	if err != nil {
		f.stop.Lock()
		if errors.Is(err, ErrInterrupted) && f.stop.call != nil {
			f.stop.call()
		}
		f.stop.Unlock()
		return answered(mcp.ElicitationResponseActionCancel, nil), nil
	}
	if action == mcp.ElicitationResponseActionAccept && r.Params.Mode != mcp.ElicitationModeURL {
		return answered(action, content), nil
	}
	return answered(action, nil), nil
}

func answered(a mcp.ElicitationResponseAction, content any) *mcp.ElicitationResult {
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: a, Content: content}}
}

// ask asks; an error is one of reading answers.
func (f *Form) ask(q mcp.ElicitationParams) (map[string]json.RawMessage, mcp.ElicitationResponseAction, error) {
	p := paint(f.Colour)
	fmt.Fprintln(f.Out, p.word("The server asks:"))
	f.quote(q.Message)
	if q.Mode == mcp.ElicitationModeURL {
		u, err := url.Parse(q.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			fmt.Fprintln(f.Out, "It wants a page opened whose address is none of the web. That is refused.")
			return nil, mcp.ElicitationResponseActionDecline, nil
		}
		fmt.Fprintf(f.Out, "It wants you to open a page at %s, if you trust it:\n  %s\n", p.name(visible.Line(u.Host)), visible.Line(q.URL))
		yes, err := f.yes("Done? [y/N] ")
		return nil, actionOf(yes), err
	}
	raw, err := json.Marshal(q.RequestedSchema)
	if err != nil {
		return nil, "", err
	}
	s := shapeOf(raw, raw)
	content := map[string]json.RawMessage{}
	for _, m := range s.props {
		x := readField(m.raw)
		x.name, x.required = m.name, s.rank(m.name) < len(s.required)
		v, given, err := f.field(x)
		if err != nil {
			return nil, "", err
		}
		if given {
			content[m.name] = v
		}
	}
	question := "Agree? [y/N] "
	if len(s.props) > 0 {
		question = "Send these answers? [y/N] "
	}
	yes, err := f.yes(question)
	return content, actionOf(yes), err
}

func actionOf(yes bool) mcp.ElicitationResponseAction {
	if yes {
		return mcp.ElicitationResponseActionAccept
	}
	return mcp.ElicitationResponseActionDecline
}

// quote prints a server's text so that no line of it can pass for one of ours.
func (f *Form) quote(text string) {
	p := paint(f.Colour)
	for _, line := range strings.Split(strings.TrimRight(visible.Text(text), "\n"), "\n") {
		fmt.Fprintf(f.Out, "%s %s\n", p.dim("│"), line)
	}
}

// yes asks for a y. Anything else but y and yes is a no.
func (f *Form) yes(prompt string) (bool, error) {
	s, err := f.In.ReadLine(prompt)
	return err == nil && isYes(s), err
}

func isYes(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	return s == "y" || s == "yes"
}

// field asks for one answer until it fits.
func (f *Form) field(x field) (v json.RawMessage, given bool, err error) {
	p := paint(f.Colour)
	mark := ""
	if x.required {
		mark = p.bad("*")
	}
	title := x.Title
	if title == "" {
		title = x.name
	}
	fmt.Fprintf(f.Out, "%s%s %s\n", p.name(visible.Line(title)), mark, p.dim(visible.Line(x.about())))
	for i, c := range x.choices {
		fmt.Fprintf(f.Out, "  %d  %s\n", i+1, visible.Line(c.label()))
	}
	prompt := "  > "
	if x.Default != nil {
		standard := string(x.Default)
		var text string
		if json.Unmarshal(x.Default, &text) == nil {
			standard = text
		}
		prompt = "  [" + visible.Line(standard) + "] > "
	}
	for {
		line, err := f.In.ReadLine(prompt)
		if err != nil {
			return nil, false, err
		}
		line = strings.TrimSpace(line)
		switch {
		case line == "" && x.Default != nil:
			return x.Default, true, nil
		case line == "" && !x.required:
			return nil, false, nil
		}
		v, err := x.read(line)
		if err == nil {
			return v, true, nil
		}
		fmt.Fprintf(f.Out, "  %s\n", p.bad(visible.Line(err.Error())))
	}
}
