package mcpclient

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/rawjson"
)

// command is a command of the shell, for its help.
type command struct{ name, args, help string }

func commands() []command {
	return []command{
		{"list", "[WORD…]", "list the tools, or those that contain all words"},
		{"schema", "TOOL", "show its arguments and an example call"},
		{"call", "TOOL {JSON}", "call it; the JSON may continue on further lines"},
		{"call", "TOOL name=value…", "the same; name:=value takes JSON unchanged"},
		{"describe", "[TOOL]", "show its whole definition, or that of the server, as JSON"},
		{"resources", "", "list the resources and resource templates"},
		{"read", "URI", "show a resource"},
		{"prompts", "", "list the prompts"},
		{"prompt", "NAME name=value…", "show a prompt"},
		{"refresh", "", "list the tools again"},
		{"history", "[WORD]", "show earlier commands"},
		{"help", "", "show this help"},
		{"quit", "", "exit (also Ctrl-D)"},
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

// resolveAlias returns the command for a method name of the protocol, or for a name that other
// shells use.
func resolveAlias(word string) string {
	return cmp.Or(map[string]string{
		"tools": "list", "tools/list": "list", "tools/call": "call", "resources/list": "resources", "resources/read": "read",
		"prompts/list": "prompts", "prompts/get": "prompt", "exit": "quit", "?": "help",
	}[word], word)
}

// Shell reads commands and prints their results. It is not safe for concurrent use.
type Shell struct {
	Session *Session
	Out     io.Writer
	Errors  io.Writer // messages about commands that failed, without JSON; nil: Out
	// Form asks the person to confirm a call that the server held. If it is nil, nobody is asked.
	Form *Form
	// JSON prints one line of JSON for each command, for programs.
	JSON bool
	// KeepGoing continues after a command that failed.
	KeepGoing bool
	// Colour prints in colours.
	Colour bool
	// CommandContext derives the context of each command; nil uses that of Run.
	CommandContext func(context.Context) (context.Context, context.CancelFunc)
	// History holds the commands of earlier sessions; Run appends to it.
	History []string
	// OnCommand, unless nil, is called with each command before it runs.
	OnCommand func(line string)

	pending       string // the lines so far of a command that continues
	prompts       []promptDefinition
	uris          []string // of resources, and the beginnings of templates
	promptsListed bool
	urisListed    bool
}

// ErrFailed reports that a command failed. The shell has printed why.
var ErrFailed = errors.New("a command failed")

// maxCommand limits a command with all its lines, in bytes.
const maxCommand = 16 << 20

// Run reads and runs commands until there are no more, until quit, or until ctx is done. It returns
// [ErrFailed] if a command failed, and an error that wraps [ErrEnded] if the server ended.
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
		done, err := s.run(ctx, line)
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

// readCommand reads a line, and further lines while the JSON object in it is incomplete.
func (s *Shell) readCommand(in Prompter) (string, error) {
	s.pending = ""
	line, err := in.ReadLine("mcp> ")
	for err == nil && isIncomplete(line) {
		s.pending = line + "\n"
		var more string
		if more, err = in.ReadLine("...> "); err == nil {
			line += "\n" + more
		}
		if errors.Is(err, io.EOF) {
			return line, nil // the incomplete JSON will be reported
		}
		if len(line) > maxCommand {
			return "", fmt.Errorf("a command is longer than %d bytes", maxCommand)
		}
	}
	return line, err
}

// run runs one command and prints its error. It reports whether the shell is done.
func (s *Shell) run(ctx context.Context, line string) (done bool, err error) {
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
	if s.Session.stale.Load() {
		if err := s.Session.Refresh(ctx); err != nil {
			s.printError(err)
			return false, err
		}
	}
	word, rest := nextWord(line)
	word = resolveAlias(word)
	if word == "quit" {
		return true, nil
	}
	if err = s.dispatch(ctx, word, rest); err != nil && !errors.Is(err, errToolFailed) {
		if ctx.Err() != nil && s.Form != nil {
			err = ErrInterrupted
		}
		s.printError(err)
	}
	return false, err
}

// errToolFailed reports that the result of a tool, which was printed, is an error.
var errToolFailed = errors.New("the tool returned an error")

func (s *Shell) dispatch(ctx context.Context, word, rest string) error {
	switch word {
	case "list":
		return s.list(strings.Fields(rest))
	case "schema", "describe":
		name, _ := nextWord(rest)
		if name == "" && word == "describe" {
			return s.printDefinition(s.Session.InitializeResult)
		}
		t, ok := s.Session.Tool(name)
		switch {
		case !ok:
			return s.unknownTool(name)
		case word == "describe":
			return s.printDefinition(t.Raw)
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
		s.promptsListed, s.urisListed = false, false
		return s.print(map[string]any{"tools": len(s.Session.Tools())}, fmt.Sprintf("%d tools", len(s.Session.Tools())))
	case "history":
		return s.history(rest)
	case "help":
		return s.help()
	}
	return fmt.Errorf("unknown command %s: help lists the commands", word)
}

// unknownTool returns the error for a name that no tool has.
func (s *Shell) unknownTool(name string) error {
	if name == "" {
		return errors.New("a tool is missing: list shows the tools")
	}
	if near := spelling.Nearest(name, s.toolNames()); near != "" {
		return fmt.Errorf("there is no tool %s: did you mean %s?", name, near)
	}
	return fmt.Errorf("there is no tool %s: list shows the tools", name)
}

// call calls a tool. If the server held the call and the person agrees, it calls again with the
// confirmation.
func (s *Shell) call(ctx context.Context, name, text string) error {
	t, ok := s.Session.Tool(name)
	if !ok {
		return s.unknownTool(name)
	}
	args, err := readArguments(t.arguments(), text)
	if err != nil {
		return fmt.Errorf("%w; schema %s shows the arguments", err, quoteWord(name))
	}
	raw, err := s.Session.Call(ctx, name, args)
	if err != nil {
		return err
	}
	if h, held := readHeldCall(raw); held && s.Form != nil && !hasConfirmed(args) {
		confirmed, yes, err := s.askConfirmation(h, args)
		if err != nil {
			return ErrInterrupted
		}
		if !yes {
			return s.print(nil, "Not sent.")
		}
		if raw, err = s.Session.Call(ctx, name, confirmed); err != nil {
			return err
		}
	}
	return s.printResult(raw)
}

// heldCall is a result that asks for a confirmation.
type heldCall struct {
	Type     string `json:"type"`
	Required bool   `json:"confirmation_required"`
	Message  string `json:"message"`
	Action   string `json:"action"`
}

// readHeldCall reads a confirmation request from structured content, else from text. It reports
// whether there is one.
func readHeldCall(raw json.RawMessage) (heldCall, bool) {
	r := readResult(raw)
	for _, c := range append([]json.RawMessage{r.Structured}, r.jsonTexts()...) {
		var h heldCall
		if json.Unmarshal(c, &h) == nil && h.Type == "confirmation_request" && h.Required {
			return h, true
		}
	}
	return heldCall{}, false
}

// askConfirmation asks whether to send a held call. It returns the arguments with __confirmed
// added.
func (s *Shell) askConfirmation(h heldCall, args json.RawMessage) (json.RawMessage, bool, error) {
	fmt.Fprintf(s.Out, "The server holds this call (%s):\n", s.colours().bad(visible.Line(h.Action)))
	s.Form.quote(h.Message)
	yes, err := s.Form.askYes("Send it? [y/N] ")
	open := bytes.TrimRight(args[:bytes.LastIndexByte(args, '}')], " \t\n")
	comma := ","
	if open[len(open)-1] == '{' { // only an empty object
		comma = ""
	}
	return json.RawMessage(string(open) + comma + `"__confirmed":true}`), yes, err
}

// hasConfirmed reports whether the arguments have __confirmed already.
func hasConfirmed(args []byte) bool {
	all, err := rawjson.Split(args)
	return err != nil || rawjson.Get(all, "__confirmed") != nil
}

// Redacted returns the part of a command that may be stored: its name, and the name of a known tool
// or prompt. Arguments, URIs and unknown commands may hold secrets, such as one that was pasted by
// mistake.
func (s *Shell) Redacted(line string) string {
	word, rest := nextWord(line)
	word = resolveAlias(word)
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
