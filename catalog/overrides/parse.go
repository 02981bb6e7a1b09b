package overrides

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/correction"
)

// contents is the file:
//
//	segments:
//	  - path: /users/me          # a literal
//	    parameter: false
//	leave-out:
//	  - DELETE /internal/**
//	hosts:
//	  uploads.example.com: api.example.com   # part of that API
//	operations:
//	  - operation: GET /users/{id}
//	    name: getUser
//	values:
//	  - at: User /email
//	    required: false
//	components:
//	  - component: User
//	    name: Account
//	apis:
//	  - title: Shop API
type contents struct {
	Segments   []segmentEntry    `yaml:"segments"`
	LeaveOut   []leaveOutEntry   `yaml:"leave-out"`
	Hosts      map[string]string `yaml:"hosts"`
	Operations []operationEntry  `yaml:"operations"`
	Values     []valueEntry      `yaml:"values"`
	Components []componentEntry  `yaml:"components"`
	APIs       []apiEntry        `yaml:"apis"`
}

type segmentEntry struct {
	Path      string `yaml:"path"`
	Host      string `yaml:"host"`
	Parameter *bool  `yaml:"parameter"`
	Name      string `yaml:"name"`
}

type leaveOutEntry struct{ Path, Host string }

// UnmarshalYAML reads a pattern, or one with a host.
func (l *leaveOutEntry) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&l.Path)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch key := n.Content[i].Value; key {
		case "path":
			l.Path = n.Content[i+1].Value
		case "host":
			l.Host = n.Content[i+1].Value
		default:
			return fmt.Errorf("line %d: there is no key %s", n.Content[i].Line, key)
		}
	}
	return nil
}

type operationEntry struct {
	Operation   string `yaml:"operation"`
	Host        string `yaml:"host"`
	Name        string `yaml:"name"`
	Summary     string `yaml:"summary"`
	Description string `yaml:"description"`
}

type valueEntry struct {
	At          string    `yaml:"at"`
	Host        string    `yaml:"host"`
	Required    *bool     `yaml:"required"`
	Nullable    *bool     `yaml:"nullable"`
	Type        string    `yaml:"type"`
	Format      string    `yaml:"format"`
	Enum        enumEntry `yaml:"enum"`
	Description string    `yaml:"description"`
	Component   string    `yaml:"component"`
}

// enumEntry is the word open, or a list of values.
type enumEntry struct {
	open   bool
	values []string
}

const openEnum = "open"

// UnmarshalYAML reads the word or the list.
func (e *enumEntry) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		if n.Value != openEnum {
			return fmt.Errorf("line %d: enum is a list of values, or the word open", n.Line)
		}
		e.open = true
		return nil
	}
	return n.Decode(&e.values)
}

type componentEntry struct {
	Component   string   `yaml:"component"`
	Host        string   `yaml:"host"`
	Name        string   `yaml:"name"`
	Merge       []string `yaml:"merge"`
	Description string   `yaml:"description"`
}

type apiEntry struct {
	Host        string `yaml:"host"`
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
}

// Parse reads a corrections file, as docs/overrides.md describes it. Unknown keys are errors.
func Parse(data []byte) (correction.Corrections, error) {
	var f contents
	if err := decode.YAMLFile(data, &f); err != nil {
		return correction.Corrections{}, err
	}
	c := correction.Corrections{Hosts: f.Hosts}
	for _, section := range []struct {
		name string
		n    int
		add  func(i int) error
	}{
		{"segments", len(f.Segments), func(i int) error { return f.Segments[i].addTo(&c) }},
		{"leave-out", len(f.LeaveOut), func(i int) error { return f.LeaveOut[i].addTo(&c) }},
		{"operations", len(f.Operations), func(i int) error { return f.Operations[i].addTo(&c) }},
		{"values", len(f.Values), func(i int) error { return f.Values[i].addTo(&c) }},
		{"components", len(f.Components), func(i int) error { return f.Components[i].addTo(&c) }},
		{"apis", len(f.APIs), func(i int) error { return f.APIs[i].addTo(&c) }},
	} {
		for i := range section.n {
			if err := section.add(i); err != nil {
				return correction.Corrections{}, fmt.Errorf("%s, entry %d: %w", section.name, i+1, err)
			}
		}
	}
	return c, nil
}

func (s *segmentEntry) addTo(c *correction.Corrections) error {
	switch {
	case !strings.HasPrefix(s.Path, "/") || len(s.Path) < 2:
		return fmt.Errorf("path %q must begin with / and have a segment", s.Path)
	case s.Parameter == nil && s.Name == "":
		return fmt.Errorf("%s has neither parameter nor name", s.Path)
	case s.Parameter != nil && !*s.Parameter && s.Name != "":
		return fmt.Errorf("%s has parameter: false and a name; only parameters have names", s.Path)
	case strings.ContainsAny(s.Name, "{}/"):
		return fmt.Errorf("%s has the name %q: it must not have braces or slashes", s.Path, s.Name)
	}
	c.Segments = append(c.Segments, correction.Segment{Host: s.Host, Path: s.Path, Parameter: s.Parameter, Name: s.Name})
	return nil
}

func (l *leaveOutEntry) addTo(c *correction.Corrections) error {
	out, err := correction.ParseLeaveOut(l.Path)
	if err != nil {
		return err
	}
	out.Host = l.Host
	c.LeaveOut = append(c.LeaveOut, out)
	return nil
}

func (o *operationEntry) addTo(c *correction.Corrections) error {
	out := correction.Operation{Host: o.Host, Name: o.Name, Summary: o.Summary, Description: o.Description}
	var err error
	if out.Method, out.Path, err = correction.ParseOperation(o.Operation); err != nil {
		return err
	}
	if o.Name == "" && o.Summary == "" && o.Description == "" {
		return fmt.Errorf("%s has no name, summary or description", o.Operation)
	}
	if o.Name != "" && !correction.ComponentName.MatchString(o.Name) {
		return fmt.Errorf("%s has the name %q: it may have letters, digits, and . _ -", o.Operation, o.Name)
	}
	c.Operations = append(c.Operations, out)
	return nil
}

func (v *valueEntry) addTo(c *correction.Corrections) error {
	at, err := correction.ParsePlace(v.At)
	if err != nil {
		return err
	}
	out := correction.Value{Host: v.Host, At: at, Required: v.Required, Nullable: v.Nullable, Type: v.Type, Format: v.Format,
		Enum: v.Enum.values, Open: v.Enum.open, Description: v.Description, Component: v.Component}
	switch {
	case v.Required == nil && v.Nullable == nil && v.Type == "" && v.Format == "" && v.Enum.values == nil && !v.Enum.open &&
		v.Description == "" && v.Component == "":
		return fmt.Errorf("%s has nothing to correct", v.At)
	case v.Type != "" && !slices.Contains(correction.Types, v.Type):
		return fmt.Errorf("%s has the type %q: it must be one of %s", v.At, v.Type, strings.Join(correction.Types, ", "))
	case v.Format != "" && !correction.ComponentName.MatchString(v.Format):
		return fmt.Errorf("%s has the format %q: it may have letters, digits, and . _ -", v.At, v.Format)
	case v.Enum.values != nil && len(v.Enum.values) == 0:
		return fmt.Errorf("%s has an enum without values", v.At)
	case v.Component != "" && !correction.ComponentName.MatchString(v.Component):
		return fmt.Errorf("%s has the component %q: it may have letters, digits, and . _ -", v.At, v.Component)
	case v.Component != "" && at.Name != "":
		return fmt.Errorf("%s has a component: parameters have none", v.At)
	}
	c.Values = append(c.Values, out)
	return nil
}

func (e *componentEntry) addTo(c *correction.Corrections) error {
	for _, name := range append([]string{e.Component, cmp.Or(e.Name, e.Component)}, e.Merge...) {
		if !correction.ComponentName.MatchString(name) {
			return fmt.Errorf("the name %q of a component may have letters, digits, and . _ -", name)
		}
	}
	if e.Name == "" && e.Merge == nil && e.Description == "" {
		return fmt.Errorf("%s has no name, merge or description", e.Component)
	}
	c.Components = append(c.Components, correction.Component{Host: e.Host, Of: e.Component, Name: e.Name, Merge: e.Merge, Description: e.Description})
	return nil
}

func (a *apiEntry) addTo(c *correction.Corrections) error {
	if a.Title == "" && a.Description == "" {
		return errors.New("it has no title or description")
	}
	c.APIs = append(c.APIs, correction.API{Host: a.Host, Title: a.Title, Description: a.Description})
	return nil
}
