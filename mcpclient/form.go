package mcpclient

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/jsonschema"
)

// Prompter reads lines that a person types.
type Prompter interface {
	// ReadLine shows a prompt, which must be safe for a terminal, and returns the line that follows
	// it. It returns [io.EOF] when there are no more lines, and [ErrInterrupted] when the person
	// pressed Ctrl-C.
	ReadLine(prompt string) (string, error)
}

// ErrInterrupted reports that a person cancelled a line or a call.
var ErrInterrupted = errors.New("interrupted")

// Form puts a server's questions to a person, field by field, one question at a time. It is safe
// for concurrent use.
type Form struct {
	In     Prompter
	Out    io.Writer
	Notes  io.Writer // for messages that arrive while something else is typed; nil means Out
	Colour bool

	mu sync.Mutex // held while a question is asked
}

// question is the parameters of elicitation/create.
type question struct {
	Mode, Message, URL string
	RequestedSchema    json.RawMessage
}

// The answers to a question, as its result has them.
const (
	accept  = "accept"
	decline = "decline"
	cancel  = "cancel"
)

// elicit puts a question to the person during a call, which may be nil, and returns the result
// (ElicitResult).
func (f *Form) elicit(call *wait, params []byte) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	var q question
	answer := map[string]any{"action": cancel}
	switch {
	case call == nil:
		// Without a call, the person expects no question. It could take text typed for something
		// else as the answer.
		fmt.Fprintln(cmp.Or(f.Notes, f.Out), "The server asked something outside of a call. It was not put to you.")
	case call.ctx.Err() != nil: // it was cancelled, perhaps at an earlier question
	case json.Unmarshal(params, &q) != nil:
		answer["action"] = decline
	default:
		content, action, err := f.ask(q)
		switch {
		case errors.Is(err, ErrInterrupted):
			call.stop(ErrInterrupted)
		case err == nil:
			answer["action"] = action
		}
		if answer["action"] == accept && content != nil {
			answer["content"] = content
		}
	}
	return jsonvalue.Encode(answer)
}

// ask asks a question. There is content unless it is to open a page. An error is one of reading the
// answers.
func (f *Form) ask(q question) (content map[string]json.RawMessage, action string, err error) {
	fmt.Fprintln(f.Out, colours(f.Colour).word("The server asks:"))
	f.quote(q.Message)
	if q.Mode == "url" {
		action, err := f.askURL(q.URL)
		return nil, action, err
	}
	s := flatten(newDocument(q.RequestedSchema), q.RequestedSchema)
	content = map[string]json.RawMessage{}
	for _, m := range s.properties {
		x := readField(m.Value)
		x.name, x.required = m.Name, s.isRequired(m.Name)
		v, given, err := f.askField(x)
		if err != nil {
			return nil, "", err
		}
		if given {
			content[m.Name] = v
		}
	}
	prompt := "Agree? [y/N] "
	if len(s.properties) > 0 {
		prompt = "Send these answers? [y/N] "
	}
	yes, err := f.askYes(prompt)
	return content, actionFor(yes), err
}

// askURL asks the person to open a page. It declines any URL that is not http or https.
func (f *Form) askURL(raw string) (action string, err error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		fmt.Fprintln(f.Out, "It wants you to open a page, but its URL is not http or https. The question was declined.")
		return decline, nil
	}
	// A letter of another script makes another host of one that the person knows.
	host := colours(f.Colour).name(visible.LookalikeLine(u.Host))
	fmt.Fprintf(f.Out, "It wants you to open a page at %s, if you trust it:\n  %s\n", host, visible.Line(raw))
	yes, err := f.askYes("Done? [y/N] ")
	return actionFor(yes), err
}

func actionFor(yes bool) string {
	if yes {
		return accept
	}
	return decline
}

// quote prints a server's text with a mark on each line, so that no line looks like this program's
// own output.
func (f *Form) quote(text string) {
	c := colours(f.Colour)
	for _, line := range strings.Split(strings.TrimRight(visible.Text(text), "\n"), "\n") {
		fmt.Fprintf(f.Out, "%s %s\n", c.dim("│"), line)
	}
}

// askYes reports whether the answer is y or yes. Any other answer is a no.
func (f *Form) askYes(prompt string) (bool, error) {
	s, err := f.In.ReadLine(prompt)
	s = strings.ToLower(strings.TrimSpace(s))
	return err == nil && (s == "y" || s == "yes"), err
}

// askField asks for one answer until it is valid. It reports whether there is one.
func (f *Form) askField(x formField) (v json.RawMessage, given bool, err error) {
	c := colours(f.Colour)
	mark := ""
	if x.required {
		mark = c.bad("*")
	}
	title := cmp.Or(x.Title, x.name)
	fmt.Fprintf(f.Out, "%s%s %s\n", c.name(visible.Line(title)), mark, c.dim(visible.Line(x.hint())))
	for i, c := range x.choices {
		fmt.Fprintf(f.Out, "  %d  %s\n", i+1, visible.Line(c.label()))
	}
	prompt := "  > "
	if x.Default != nil {
		prompt = "  [" + visible.Line(textOf(x.Default)) + "] > "
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
		v, err := x.parse(line)
		if err == nil {
			return v, true, nil
		}
		fmt.Fprintf(f.Out, "  %s\n", c.bad(visible.Line(err.Error())))
	}
}

// formField is one question of a form: a property of a flat schema (MCP, elicitation:
// PrimitiveSchemaDefinition).
type formField struct {
	Type, Title, Description, Format string
	Default                          json.RawMessage

	name     string
	required bool
	choices  []choice
	schema   *jsonschema.Schema // nil if it is not valid: the server checks the answer then
}

// choice is a value that can be chosen, with its title.
type choice struct{ value, title string }

func (c choice) label() string {
	if c.title == "" || c.title == c.value {
		return c.value
	}
	return c.value + " (" + c.title + ")"
}

// titledOption is a choice in oneOf or anyOf.
type titledOption struct {
	Const string `json:"const"`
	Title string `json:"title"`
}

// readField reads the schema of a field. A schema that it cannot read is one of any text.
func readField(raw []byte) formField {
	var x formField
	var options struct {
		Enum  []string       `json:"enum"`
		Names []string       `json:"enumNames"`
		OneOf []titledOption `json:"oneOf"`
		Items struct {
			Enum  []string       `json:"enum"`
			AnyOf []titledOption `json:"anyOf"`
			OneOf []titledOption `json:"oneOf"`
		} `json:"items"`
	}
	if json.Unmarshal(raw, &x) != nil || json.Unmarshal(raw, &options) != nil {
		return formField{}
	}
	if string(x.Default) == "null" {
		x.Default = nil
	}
	x.schema, _ = jsonschema.Compile(jsonvalue.Decode(raw))
	for i, v := range options.Enum {
		c := choice{value: v}
		if i < len(options.Names) {
			c.title = options.Names[i]
		}
		x.choices = append(x.choices, c)
	}
	for _, v := range options.Items.Enum {
		x.choices = append(x.choices, choice{value: v})
	}
	for _, o := range slices.Concat(options.OneOf, options.Items.AnyOf, options.Items.OneOf) {
		x.choices = append(x.choices, choice{o.Const, o.Title})
	}
	return x
}

// hint says what answer is expected.
func (x *formField) hint() string {
	var hints []string
	if x.Description != "" {
		hints = append(hints, x.Description)
	}
	switch {
	case x.Type == "array":
		hints = append(hints, "one or more of these, separated by commas")
	case len(x.choices) > 0:
		hints = append(hints, "one of these")
	case x.Type == "boolean":
		hints = append(hints, "y or n")
	case x.Format != "":
		hints = append(hints, x.Format)
	case x.Type == "integer" || x.Type == "number":
		hints = append(hints, x.Type)
	}
	if !x.required {
		hints = append(hints, "optional")
	}
	return strings.Join(hints, "; ")
}

// parse converts an answer to JSON. An error says what the answer must be.
func (x *formField) parse(s string) (json.RawMessage, error) {
	v, err := x.convert(s)
	if err != nil || x.schema == nil {
		return v, err
	}
	if wrong := jsonschema.Problems(x.schema.Validate(context.Background(), jsonvalue.Decode([]byte(v)))); len(wrong) > 0 {
		return nil, errors.New(wrong[0].Reason)
	}
	return v, nil
}

// convert converts an answer to JSON of the type.
func (x *formField) convert(s string) (json.RawMessage, error) {
	switch {
	case x.Type == "array":
		return x.parseList(s)
	case len(x.choices) > 0:
		v, err := x.choose(s)
		return json.RawMessage(jsonString(v)), err
	case x.Type == "boolean":
		switch strings.ToLower(s) {
		case "y", "yes", "true":
			return json.RawMessage("true"), nil
		case "n", "no", "false":
			return json.RawMessage("false"), nil
		}
		return nil, errors.New("must be y or n")
	case x.Type == "integer" || x.Type == "number":
		return x.parseNumber(s)
	}
	return json.RawMessage(jsonString(s)), nil
}

// choose finds a choice by its value, its title or its number.
func (x *formField) choose(s string) (string, error) {
	for _, c := range x.choices {
		if s == c.value || s == c.title && s != "" {
			return c.value, nil
		}
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= len(x.choices) {
		return x.choices[n-1].value, nil
	}
	return "", fmt.Errorf("must be one of the %d above, or its number", len(x.choices))
}

func (x *formField) parseList(s string) (json.RawMessage, error) {
	var out []string
	for _, item := range strings.Split(s, ",") {
		item = strings.TrimSpace(item)
		if len(x.choices) > 0 {
			v, err := x.choose(item)
			if err != nil {
				return nil, err
			}
			item = v
		}
		out = append(out, jsonString(item))
	}
	return json.RawMessage("[" + strings.Join(out, ",") + "]"), nil
}

// parseNumber keeps the digits as they were typed.
func (x *formField) parseNumber(s string) (json.RawMessage, error) {
	switch t := jsonType(s); {
	case x.Type == "integer" && t != "integer":
		return nil, errors.New("must be a whole number")
	case t != "integer" && t != "number":
		return nil, errors.New("must be a number")
	}
	if _, err := strconv.ParseFloat(s, 64); err != nil {
		return nil, errors.New("is out of range")
	}
	return json.RawMessage(s), nil
}
