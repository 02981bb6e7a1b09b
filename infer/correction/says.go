package correction

import (
	"fmt"
	"strings"
)

// Says returns what the correction says, in words.
func (s *Segment) Says() string {
	var says []string
	if s.Parameter != nil {
		says = append(says, map[bool]string{true: "is a parameter", false: "is no parameter"}[*s.Parameter])
	}
	if s.Name != "" {
		says = append(says, "is called "+s.Name)
	}
	return strings.Join(says, ", ")
}

// Says returns what the correction says, in words.
func (o *Operation) Says() string {
	return texts("name", o.Name, "summary", o.Summary, "description", o.Description)
}

// Says returns what the correction says, in words.
func (c *Component) Says() string {
	return texts("name", c.Name, "merge", strings.Join(c.Merge, ", "), "description", c.Description)
}

// Says returns what the correction says, in words.
func (a *API) Says() string { return texts("title", a.Title, "description", a.Description) }

// Says returns what the correction says, in words.
func (v *Value) Says() string {
	var says []string
	if v.Required != nil {
		says = append(says, map[bool]string{true: "is required", false: "is optional"}[*v.Required])
	}
	if v.Nullable != nil {
		says = append(says, map[bool]string{true: "may be null", false: "is never null"}[*v.Nullable])
	}
	if v.Open {
		says = append(says, "has other values")
	}
	if v.Enum != nil {
		says = append(says, "is one of "+strings.Join(v.Enum, ", "))
	}
	if t := texts("type", v.Type, "format", v.Format, "component", v.Component, "description", v.Description); t != "" {
		says = append(says, t)
	}
	return strings.Join(says, ", ")
}

// texts returns the pairs whose value is not "".
func texts(pairs ...string) string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, fmt.Sprintf("%s %s", pairs[i], strings.Join(strings.Fields(pairs[i+1]), " ")))
		}
	}
	return strings.Join(out, ", ")
}
