package subject

import (
	"encoding/json"

	"github.com/spectap/spectap/guard/enforce"
)

// Confirm is the field of a form by which the form itself may refuse.
const Confirm = "confirm"

// Agreement returns what the result of an elicitation says. Accepting the form is a consent unless
// the form itself refuses.
func Agreement(result []byte) enforce.Answer {
	var a struct {
		Action  string         `json:"action"`
		Content map[string]any `json:"content"`
	}
	if json.Unmarshal(result, &a) != nil {
		return enforce.Closed
	}
	said, refuses := a.Content[Confirm]
	switch refuses = refuses && said != true; {
	case a.Action == "accept" && !refuses:
		return enforce.Agrees
	case a.Action == "accept", a.Action == "decline":
		return enforce.Declines
	}
	return enforce.Closed
}
