package find

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/names"
)

// copiedText is what a button of a page copies, with what the button says of it:
// <button data-clipboard-text="…">Copy API key</button>.
type copiedText struct {
	text  attribute
	label string
}

// read reads an attribute of the button.
func (c *copiedText) read(name, value string, a attribute) {
	switch strings.ToLower(name) {
	case "data-clipboard-text", "data-clipboard", "data-copy", "data-copy-text":
		c.text = a
	case "aria-label", "title", "data-original-title", "data-tooltip":
		c.label = value
	}
}

// find reports whether the text is a secret by what the button or its content, which starts at k,
// says.
func (c *copiedText) find(s string, k int) bool {
	if c.text.valueEnd == 0 {
		return false
	}
	label := c.label
	if label == "" {
		label, _, _ = strings.Cut(s[min(k, len(s)):], "<")
	}
	return names.SensitivityOf(strings.TrimSpace(label)) == names.Secret && IsShownSecret(s[c.text.value:c.text.valueEnd])
}
