package mcpclient

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

// Form puts a server's questions to a person, field by field. It is safe for concurrent use: one question is asked
// at a time.
type Form struct {
	In  Prompter
	Out io.Writer

	mu sync.Mutex // one question at a time
}

// field is one question of a form (MCP, elicitation: flat schemas of primitive types).
type field struct {
	Type        string   `json:"type"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Enum        []string `json:"enum"`
	Default     any      `json:"default"`
}

// Elicit implements [Asker].
func (f *Form) Elicit(_ context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fmt.Fprintln(f.Out, printable(r.Params.Message))
	if r.Params.URL != "" {
		fmt.Fprintln(f.Out, "Open "+printable(r.Params.URL))
	}
	raw, err := json.Marshal(r.Params.RequestedSchema)
	if err != nil {
		return answered(mcp.ElicitationResponseActionCancel, nil), nil
	}
	var form struct {
		Properties map[string]field `json:"properties"`
		Required   []string         `json:"required"`
	}
	if err := json.Unmarshal(raw, &form); err != nil {
		return answered(mcp.ElicitationResponseActionCancel, nil), nil
	}
	content := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(form.Properties)) {
		v, ok, err := f.ask(name, form.Properties[name], slices.Contains(form.Required, name))
		if err != nil {
			return answered(mcp.ElicitationResponseActionCancel, nil), nil
		}
		if ok {
			content[name] = v
		}
	}
	yes, err := f.In.ReadLine("Agree? [y/N] ")
	switch {
	case err != nil:
		return answered(mcp.ElicitationResponseActionCancel, nil), nil
	case !isYes(yes):
		return answered(mcp.ElicitationResponseActionDecline, nil), nil
	}
	return answered(mcp.ElicitationResponseActionAccept, content), nil
}

func answered(a mcp.ElicitationResponseAction, content any) *mcp.ElicitationResult {
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: a, Content: content}}
}

// ask asks until the answer fits.
func (f *Form) ask(name string, x field, required bool) (v any, given bool, err error) {
	label := x.Title
	if label == "" {
		label = name
	}
	if x.Description != "" {
		label += " (" + x.Description + ")"
	}
	if len(x.Enum) > 0 {
		label += " [" + strings.Join(x.Enum, ", ") + "]"
	}
	if x.Default != nil {
		label += fmt.Sprintf(" [%v]", x.Default)
	}
	for {
		line, err := f.In.ReadLine("  " + printable(label) + ": ")
		if err != nil {
			return nil, false, err
		}
		line = strings.TrimSpace(line)
		switch {
		case line == "" && x.Default != nil:
			return x.Default, true, nil
		case line == "" && !required:
			return nil, false, nil
		}
		if v, ok := x.read(line); ok {
			return v, true, nil
		}
		fmt.Fprintln(f.Out, "  That does not fit.")
	}
}

func (x field) read(s string) (any, bool) {
	switch x.Type {
	case "boolean":
		if isYes(s) || s == "true" {
			return true, true
		}
		return false, s == "n" || s == "no" || s == "false"
	case "integer":
		n, err := strconv.ParseInt(s, 10, 64)
		return n, err == nil
	case "number":
		return json.Number(s), json.Valid([]byte(s)) && strings.ContainsAny(s[:1], "-0123456789")
	}
	return s, s != "" && (len(x.Enum) == 0 || slices.Contains(x.Enum, s))
}
