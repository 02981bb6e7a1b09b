package mcpclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/visible"
)

// command is one that a shell knows.
type command struct{ name, args, does string }

func commands() []command {
	return []command{
		{"list", "[WORD…]", "the tools, or those whose name or description has all words"},
		{"schema", "TOOL", "its arguments, and a call to begin with"},
		{"call", "TOOL {JSON}", "call it; the JSON may go on over lines"},
		{"call", "TOOL name=value…", "the same; name:=value takes JSON as it is"},
		{"describe", "[TOOL]", "all that the server says of it, or of itself, as JSON"},
		{"resources", "", "the resources and templates"},
		{"read", "URI", "a resource"},
		{"prompts", "", "the prompts"},
		{"prompt", "NAME name=value…", "get one"},
		{"refresh", "", "list the tools anew"},
		{"history", "[WORD]", "what was typed"},
		{"help", "", "this"},
		{"quit", "", "leave (Ctrl-D)"},
	}
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		if !slices.Contains(names, c.name) {
			names = append(names, c.name)
		}
	}
	return names
}

// aliases are the protocol's names of commands, and what other shells call them.
func aliases(word string) string {
	switch word {
	case "tools", "tools/list":
		return "list"
	case "tools/call":
		return "call"
	case "resources/list":
		return "resources"
	case "resources/read":
		return "read"
	case "prompts/list":
		return "prompts"
	case "prompts/get":
		return "prompt"
	case "exit":
		return "quit"
	case "?":
		return "help"
	}
	return word
}

// Shell reads commands and prints what comes of them. It is for one goroutine.
type Shell struct {
	Session *Session
	Out     io.Writer
	// Form asks the person whether a call that the server held is to be repeated. Nil: nobody is asked.
	Form *Form
	// JSON prints one line of JSON for each command, as programs want it.
	JSON bool
	// KeepGoing does the commands that follow one that failed.
	KeepGoing bool
	// Colour uses the terminal's colours.
	Colour bool
	// CommandContext gives each command its context; nil leaves it as it is.
	CommandContext func(context.Context) (context.Context, context.CancelFunc)
	// History is what was typed in earlier sessions. Keep is called with each command.
	History   []string
	OnCommand func(line string)

	begun       string // the lines of a command that goes on
	prompts     []promptDef
	uris        []string
	seenPrompts bool
	seenURIs    bool
}

// ErrFailed says that a command failed, which the shell has told.
var ErrFailed = errors.New("a command failed")

// maxCommand bounds a command, lines together.
const maxCommand = 16 << 20

// Run reads commands until there are no more, quit, or the end of ctx. It returns ErrFailed when one failed, and what
// wraps ErrEnded when the server is gone.
func (s *Shell) Run(ctx context.Context, in Prompter) error {
	var failed error
	for ctx.Err() == nil {
		line, err := s.readCommand(in)
		switch {
		case errors.Is(err, ErrInterrupted):
			continue
		case errors.Is(err, io.EOF):
			return failed
		case err != nil:
			return fmt.Errorf("read a command: %w", err)
		}
		done, err := s.do(ctx, line)
		switch {
		case errors.Is(err, ErrEnded):
			return err
		case err != nil && !s.KeepGoing:
			return ErrFailed
		case err != nil:
			failed = ErrFailed
		}
		if done {
			break
		}
	}
	return failed
}

// readCommand reads a line, and those after it while a JSON object is not at its end.
func (s *Shell) readCommand(in Prompter) (string, error) {
	s.begun = ""
	line, err := in.ReadLine("mcp> ")
	for err == nil && unfinished(line) {
		s.begun = line + "\n"
		var more string
		if more, err = in.ReadLine("...> "); err == nil {
			line += "\n" + more
		}
		if errors.Is(err, io.EOF) {
			return line, nil // its JSON will be refused
		}
		if len(line) > maxCommand {
			return "", fmt.Errorf("a command is longer than %d bytes", maxCommand)
		}
	}
	return line, err
}

// do does one command and tells what went wrong with it.
func (s *Shell) do(ctx context.Context, line string) (done bool, err error) {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return false, nil
	}
	s.History = append(s.History, line)
	if s.OnCommand != nil {
		s.OnCommand(line)
	}
	if s.CommandContext != nil {
		var cancel context.CancelFunc
		ctx, cancel = s.CommandContext(ctx)
		defer cancel()
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if s.Form != nil {
		s.Form.during(func() { stop(ErrInterrupted) })
		defer s.Form.during(nil)
	}
	if s.Session.stale.Load() {
		if err := s.Session.Refresh(ctx); err != nil {
			s.tell(err)
			return false, err
		}
	}
	word, rest := nextWord(line)
	word = aliases(word)
	if word == "quit" {
		return true, nil
	}
	if err = s.dispatch(ctx, word, rest); err != nil && !errors.Is(err, errShown) {
		if ctx.Err() != nil && s.Form != nil {
			err = ErrInterrupted
		}
		s.tell(err)
	}
	return false, err
}

// errShown is the error of a tool that was shown as its result.
var errShown = errors.New("the tool answered with an error")

func (s *Shell) dispatch(ctx context.Context, word, rest string) error {
	switch word {
	case "list":
		return s.list(strings.Fields(rest))
	case "schema", "describe":
		name, _ := nextWord(rest)
		if name == "" && word == "describe" {
			return s.json(s.Session.About)
		}
		t, ok := s.Session.Tool(name)
		switch {
		case !ok:
			return s.noTool(name)
		case word == "describe":
			return s.json(t.Raw)
		}
		return s.schema(t)
	case "call":
		name, args := nextWord(rest)
		return s.call(ctx, name, args)
	case "resources":
		return s.resources(ctx)
	case "read":
		uri, _ := nextWord(rest)
		return s.read(ctx, uri)
	case "prompts":
		return s.listPrompts(ctx)
	case "prompt":
		name, args := nextWord(rest)
		return s.prompt(ctx, name, args)
	case "refresh":
		if err := s.Session.Refresh(ctx); err != nil {
			return err
		}
		s.seenPrompts, s.seenURIs = false, false
		return s.say(map[string]any{"tools": len(s.Session.Tools())}, fmt.Sprintf("%d tools", len(s.Session.Tools())))
	case "history":
		return s.history(rest)
	case "help":
		return s.help()
	}
	return fmt.Errorf("there is no command %s: help shows them", word)
}

func (s *Shell) noTool(name string) error {
	if name == "" {
		return errors.New("which tool? list shows them")
	}
	for _, t := range s.Session.Tools() {
		if strings.EqualFold(t.Name, name) {
			return fmt.Errorf("there is no tool %s: perhaps %s", name, t.Name)
		}
	}
	return fmt.Errorf("there is no tool %s: list shows them", name)
}

// call calls a tool, and again as confirmed when the server held it and the person agrees.
func (s *Shell) call(ctx context.Context, name, text string) error {
	t, ok := s.Session.Tool(name)
	if !ok {
		return s.noTool(name)
	}
	args, err := readArguments(t.arguments(), text)
	if err != nil {
		return fmt.Errorf("%w; schema %s shows what it takes", err, quoteWord(name))
	}
	raw, err := s.Session.Call(ctx, name, args)
	if err != nil {
		return err
	}
	if c, held := confirmation(raw); held && s.Form != nil && !confirmed(args) {
		again, yes, err := s.agree(c, args)
		if err != nil {
			return ErrInterrupted
		}
		if !yes {
			return s.say(nil, "Not sent.")
		}
		if raw, err = s.Session.Call(ctx, name, again); err != nil {
			return err
		}
	}
	return s.show(raw)
}

// held is a result that asks for the call again, confirmed.
type held struct {
	Type     string `json:"type"`
	Required bool   `json:"confirmation_required"`
	Message  string `json:"message"`
	Action   string `json:"action"`
}

// confirmation reads a confirmation request from structured content, or from text where there is no other.
func confirmation(raw json.RawMessage) (held, bool) {
	r := readResult(raw)
	for _, c := range append([]json.RawMessage{r.Structured}, r.texts()...) {
		var h held
		if json.Unmarshal(c, &h) == nil && h.Type == "confirmation_request" && h.Required {
			return h, true
		}
	}
	return held{}, false
}

// agree asks, and adds to the arguments what says that they were agreed to.
func (s *Shell) agree(h held, args json.RawMessage) (json.RawMessage, bool, error) {
	fmt.Fprintf(s.Out, "The server holds this call (%s):\n", s.paint().bad(visible.Line(h.Action)))
	s.Form.quote(h.Message)
	yes, err := s.Form.yes("Send it? [y/N] ")
	open := bytes.TrimRight(args[:bytes.LastIndexByte(args, '}')], " \t\n")
	comma := ","
	if open[len(open)-1] == '{' { // no object ends so
		comma = ""
	}
	return json.RawMessage(string(open) + comma + `"__confirmed":true}`), yes, err
}

// confirmed says whether arguments name __confirmed already.
func confirmed(args json.RawMessage) bool {
	all, err := members(args)
	return err != nil || slices.ContainsFunc(all, func(m member) bool { return m.name == "__confirmed" })
}

// Redacted is what may be kept of a command: its name, and the name of a tool or prompt that there is. Arguments,
// URIs and what is no command may hold secrets, such as one that was pasted by mistake.
func (s *Shell) Redacted(line string) string {
	word, rest := nextWord(line)
	word = aliases(word)
	if !slices.Contains(commandNames(), word) {
		return ""
	}
	name, _ := nextWord(rest)
	_, known := s.Session.Tool(name)
	if known && slices.Contains([]string{"call", "schema", "describe"}, word) ||
		word == "prompt" && slices.Contains(namesOf(s.prompts), name) {
		return word + " " + quoteWord(name)
	}
	return word
}
