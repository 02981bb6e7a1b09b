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

	"github.com/mark3labs/mcp-go/mcp"
)

// commandNames are what a shell knows.
var commandNames = [...]string{"call", "describe", "exit", "help", "history", "list", "schema"}

const help = `list [WORD…]          the tools, or those whose name or description has all words
schema TOOL           its arguments, and a call to begin with
describe TOOL         all that the server says of it, as JSON
call TOOL {JSON}      call it
history [WORD]        what was typed
help, exit`

// Prompter reads a line after showing a prompt; io.EOF ends.
type Prompter interface {
	ReadLine(prompt string) (string, error)
}

// Shell reads commands and prints what comes of them.
type Shell struct {
	Session *Session
	In      Prompter
	Out     io.Writer
	// JSON prints each result as one line of JSON and asks nothing.
	JSON bool
	// Colour uses the terminal's colours.
	Colour bool

	history []string
}

// ErrCommand says that a command could not be done, and that the shell has told why.
var ErrCommand = errors.New("a command failed")

// Run reads commands until the end of input, exit or the end of ctx. With JSON the first command that fails ends it.
func (s *Shell) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		line, err := s.In.ReadLine("mcp> ")
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a command: %w", err)
		}
		done, err := s.Do(ctx, line)
		if err != nil {
			s.tell(err)
			if s.JSON {
				return ErrCommand
			}
		}
		if done {
			return nil
		}
	}
	return nil
}

func (s *Shell) tell(err error) {
	if s.JSON {
		s.line(map[string]string{"error": err.Error()})
		return
	}
	fmt.Fprintln(s.Out, s.paint().bad(printable(err.Error())))
}

func (s *Shell) paint() paint { return paint(s.Colour && !s.JSON) }

// Do does one command. Done says that it was to exit.
func (s *Shell) Do(ctx context.Context, line string) (done bool, err error) {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return false, nil
	}
	s.history = append(s.history, line)
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "exit", "quit":
		return true, nil
	case "help", "?":
		fmt.Fprintln(s.Out, help)
	case "list":
		s.list(strings.Fields(rest))
	case "history":
		for _, h := range s.history {
			if strings.Contains(h, rest) {
				fmt.Fprintln(s.Out, printable(h))
			}
		}
	case "schema", "describe":
		t, ok := s.Session.Tool(rest)
		if !ok {
			return false, fmt.Errorf("no tool %s: list shows them", rest)
		}
		if word == "schema" {
			s.schema(t)
		} else {
			return false, s.json(t.Raw)
		}
	case "call":
		name, args, _ := strings.Cut(rest, " ")
		return false, s.call(ctx, name, strings.TrimSpace(args))
	default:
		return false, fmt.Errorf("no command %s: help shows them", word)
	}
	return false, nil
}

func (s *Shell) list(words []string) {
	p := s.paint()
	for _, t := range s.Session.Tools() {
		text := strings.ToLower(t.Name + " " + t.Title + " " + t.Description)
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, strings.ToLower(w)) }) {
			continue
		}
		if s.JSON {
			s.line(map[string]string{"name": t.Name, "description": t.Description})
			continue
		}
		about, _, _ := strings.Cut(printable(t.Description), "\n")
		fmt.Fprintf(s.Out, "%s  %s\n", p.name(printable(t.Name)), about)
	}
}

func (s *Shell) schema(t Tool) {
	if s.JSON {
		s.json(t.InputSchema)
		return
	}
	p := s.paint()
	fmt.Fprintln(s.Out, printable(t.Description))
	for _, a := range t.properties() {
		mark := " "
		if a.required {
			mark = p.bad("*")
		}
		values := ""
		if len(a.enum) > 0 {
			values = p.dim(" one of " + printable(strings.Join(a.enum, ", ")))
		}
		fmt.Fprintf(s.Out, " %s %s %s%s  %s\n", mark, p.name(printable(a.name)), p.word(a.typ), values, printable(a.text))
	}
	fmt.Fprintln(s.Out, p.dim(printable(t.example())))
}

func (s *Shell) call(ctx context.Context, name, args string) error {
	if _, ok := s.Session.Tool(name); !ok {
		return fmt.Errorf("no tool %s: list shows them", name)
	}
	if args == "" {
		args = "{}"
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(args), &object); err != nil || object == nil {
		return errors.New("the arguments are no JSON object: schema " + name + " shows a call to begin with")
	}
	res, err := s.Session.Call(ctx, name, json.RawMessage(args))
	if err != nil {
		return err
	}
	if !s.JSON && isConfirmation(res) {
		s.show(res)
		yes, err := s.In.ReadLine("Send it? [y/N] ")
		if err != nil || !isYes(yes) {
			fmt.Fprintln(s.Out, "Not sent.")
			return nil
		}
		object["__confirmed"] = json.RawMessage("true")
		again, err := json.Marshal(object)
		if err != nil {
			return err
		}
		if res, err = s.Session.Call(ctx, name, again); err != nil {
			return err
		}
	}
	s.show(res)
	if res.IsError && s.JSON {
		return errors.New("the tool answered with an error")
	}
	return nil
}

func isConfirmation(res *mcp.CallToolResult) bool {
	var r struct {
		Type     string `json:"type"`
		Required bool   `json:"confirmation_required"`
	}
	return json.Unmarshal(res.RawStructuredContent, &r) == nil && r.Type == "confirmation_request" && r.Required
}

func isYes(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	return s == "y" || s == "yes"
}

// show prints a result: its structured content, else its parts.
func (s *Shell) show(res *mcp.CallToolResult) {
	if s.JSON {
		s.line(res)
		return
	}
	p := s.paint()
	if res.IsError {
		fmt.Fprintln(s.Out, p.bad("error"))
	}
	if len(res.RawStructuredContent) > 0 && printTree(s.Out, res.RawStructuredContent, p) == nil {
		return
	}
	for _, c := range res.Content {
		switch c := c.(type) {
		case mcp.TextContent:
			if raw := json.RawMessage(c.Text); json.Valid(raw) && strings.ContainsAny(c.Text[:1], "{[") {
				if printTree(s.Out, raw, p) == nil {
					continue
				}
			}
			fmt.Fprintln(s.Out, printable(c.Text))
		case mcp.ImageContent:
			fmt.Fprintf(s.Out, "(%s, %d characters of base64)\n", printable(c.MIMEType), len(c.Data))
		case mcp.AudioContent:
			fmt.Fprintf(s.Out, "(%s, %d characters of base64)\n", printable(c.MIMEType), len(c.Data))
		default:
			s.line(c)
		}
	}
}

// json prints JSON: as it is on one line for programs, indented for people.
func (s *Shell) json(raw json.RawMessage) error {
	var b bytes.Buffer
	var err error
	if s.JSON {
		err = json.Compact(&b, raw)
	} else {
		err = json.Indent(&b, raw, "", "  ")
	}
	if err != nil {
		return fmt.Errorf("read the definition: %w", err)
	}
	_, err = fmt.Fprintln(s.Out, printable(b.String()))
	return err
}

func (s *Shell) line(v any) {
	e := json.NewEncoder(s.Out)
	e.SetEscapeHTML(false)
	e.Encode(v) // what came from JSON can be written as such
}
