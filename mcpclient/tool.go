package mcpclient

import "encoding/json"

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
	Raw json.RawMessage `json:"-"` // the whole definition
}

// arguments returns the schema of the tool's arguments.
func (t Tool) arguments() flatSchema { return flatten(newDocument(t.InputSchema), t.InputSchema) }

// example returns a call of the tool with a value for each required argument.
func (t Tool) example() string {
	args := t.arguments()
	left := maxMerged
	return "call " + quoteWord(t.Name) + " " + args.example(&left)
}
