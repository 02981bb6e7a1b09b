package mcpclient

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// GivenLines returns a [Prompter] of fixed lines, such as commands of a command line.
func GivenLines(lines ...string) Prompter { return &givenLines{lines} }

type givenLines struct{ left []string }

func (g *givenLines) ReadLine(string) (string, error) {
	if len(g.left) == 0 {
		return "", io.EOF
	}
	line := g.left[0]
	g.left = g.left[1:]
	return line, nil
}

// ReadLines returns a [Prompter] that reads lines of a pipe, a file or a terminal without line
// editing, and writes the prompts to prompts. It returns [io.EOF] when ctx is done; the goroutine
// that reads ends once its read returns.
func ReadLines(ctx context.Context, in io.Reader, prompts io.Writer) Prompter {
	r := newInterruptibleReader(in)
	context.AfterFunc(ctx, func() { r.Close() })
	return &plainLines{ctx, prompts, bufio.NewReader(r)}
}

type plainLines struct {
	ctx     context.Context
	prompts io.Writer
	lines   *bufio.Reader
}

func (p *plainLines) ReadLine(prompt string) (string, error) {
	fmt.Fprint(p.prompts, prompt)
	text, err := p.lines.ReadString('\n')
	switch {
	case p.ctx.Err() != nil:
		return "", io.EOF
	case text != "" && errors.Is(err, io.EOF):
		err = nil
	}
	return strings.TrimRight(text, "\r\n"), err
}

// jsonString writes a string as JSON without escapes for HTML.
func jsonString(s string) string { return string(jsonvalue.Encode(s)) }

// jsonType returns the type of a JSON text in the words of JSON Schema, "" if it is not JSON.
func jsonType(s string) string {
	v := jsontext.Value(s)
	if !v.IsValid() || strings.TrimSpace(s) != s {
		return ""
	}
	switch v.Kind() {
	case 'n':
		return "null"
	case 't', 'f':
		return "boolean"
	case '"':
		return "string"
	case '0':
		if strings.ContainsAny(s, ".eE") {
			return "number"
		}
		return "integer"
	case '{':
		return "object"
	}
	return "array"
}

// isComposite reports whether a text is a JSON object or array.
func isComposite(s string) bool {
	t := jsonType(strings.TrimSpace(s))
	return t == "object" || t == "array"
}

// isSameJSON reports whether two texts are the same JSON, in any order of members.
func isSameJSON(a, b []byte) bool {
	x, y := jsonvalue.Decode(a), jsonvalue.Decode(b)
	return x != nil && bytes.Equal(jsonvalue.Encode(x), jsonvalue.Encode(y))
}

// Tool is a tool as its server defines it.
type Tool struct {
	Name        string          `json:"name"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	InputSchema json.RawMessage `json:"inputSchema"`
	Annotations struct {
		ReadOnly    bool  `json:"readOnlyHint"`
		Destructive *bool `json:"destructiveHint"`
	} `json:"annotations"`
	Raw json.RawMessage `json:"-"` // the complete definition
}

// arguments returns the schema of the tool's arguments.
func (t Tool) arguments() flatSchema { return flatten(newDocument(t.InputSchema), t.InputSchema) }

// example returns a call of the tool with a value for each required argument.
func (t Tool) example() string {
	args := t.arguments()
	left := maxMerged
	return "call " + quoteWord(t.Name) + " " + args.example(&left)
}
