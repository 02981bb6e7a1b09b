package workflow

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi"
)

// Arazzo is an Arazzo document, version 1.0, with the parts that this package writes.
type Arazzo struct {
	Arazzo    string     `json:"arazzo" yaml:"arazzo"`
	Info      Info       `json:"info" yaml:"info"`
	Sources   []Source   `json:"sourceDescriptions" yaml:"sourceDescriptions"`
	Workflows []Workflow `json:"workflows" yaml:"workflows"`
}

// Info describes an Arazzo document.
type Info struct {
	Title       string `json:"title" yaml:"title"`
	Version     string `json:"version" yaml:"version"`
	Description string `json:"description,omitempty" yaml:"description,omitempty"`
}

// Source names the OpenAPI document.
type Source struct {
	Name string `json:"name" yaml:"name"`
	URL  string `json:"url" yaml:"url"`
	Type string `json:"type" yaml:"type"`
}

// Workflow is a chain of operations.
type Workflow struct {
	ID          string            `json:"workflowId" yaml:"workflowId"`
	Summary     string            `json:"summary,omitempty" yaml:"summary,omitempty"`
	Description string            `json:"description,omitempty" yaml:"description,omitempty"`
	Inputs      *Inputs           `json:"inputs,omitempty" yaml:"inputs,omitempty"`
	Steps       []Step            `json:"steps" yaml:"steps"`
	Outputs     map[string]string `json:"outputs,omitempty" yaml:"outputs,omitempty"`
}

// Inputs is the JSON Schema of the values that a caller gives.
type Inputs struct {
	Type       string           `json:"type" yaml:"type"`
	Required   []string         `json:"required,omitempty" yaml:"required,omitempty"`
	Properties map[string]Input `json:"properties" yaml:"properties"`
}

// Input is the JSON Schema of one value.
type Input struct {
	Type        string `json:"type,omitempty" yaml:"type,omitempty"`
	Format      string `json:"format,omitempty" yaml:"format,omitempty"`
	Description string `json:"description,omitempty" yaml:"description,omitempty"`
}

// Step is one request of a workflow.
type Step struct {
	ID            string            `json:"stepId" yaml:"stepId"`
	Description   string            `json:"description,omitempty" yaml:"description,omitempty"`
	OperationID   string            `json:"operationId,omitempty" yaml:"operationId,omitempty"`
	OperationPath string            `json:"operationPath,omitempty" yaml:"operationPath,omitempty"`
	Parameters    []Parameter       `json:"parameters,omitempty" yaml:"parameters,omitempty"`
	RequestBody   *RequestBody      `json:"requestBody,omitempty" yaml:"requestBody,omitempty"`
	Success       []Criterion       `json:"successCriteria,omitempty" yaml:"successCriteria,omitempty"`
	OnFailure     []Failure         `json:"onFailure,omitempty" yaml:"onFailure,omitempty"`
	Outputs       map[string]string `json:"outputs,omitempty" yaml:"outputs,omitempty"`
}

// Parameter is a parameter of the operation, or a header with a credential.
type Parameter struct {
	Name  string `json:"name" yaml:"name"`
	In    string `json:"in" yaml:"in"`
	Value any    `json:"value" yaml:"value"`
}

// RequestBody is the body of a request. Strings in Payload may be expressions.
type RequestBody struct {
	ContentType string `json:"contentType,omitempty" yaml:"contentType,omitempty"`
	Payload     any    `json:"payload" yaml:"payload"`
}

// Criterion is a condition that a response must meet.
type Criterion struct {
	Condition string `json:"condition" yaml:"condition"`
}

// Failure says that a step is repeated until its criteria are met.
type Failure struct {
	Name       string      `json:"name" yaml:"name"`
	Type       string      `json:"type" yaml:"type"`
	RetryAfter float64     `json:"retryAfter,omitempty" yaml:"retryAfter,omitempty"`
	RetryLimit int         `json:"retryLimit,omitempty" yaml:"retryLimit,omitempty"`
	Criteria   []Criterion `json:"criteria,omitempty" yaml:"criteria,omitempty"`
}

// sourceName is the name of the only source of the documents that this package writes.
const sourceName = "api"

// PathOf returns the end of the operationPath of a step: a JSON Pointer into the OpenAPI document.
func PathOf(template, method string) string {
	return "#" + below(below("/paths", template), strings.ToLower(method))
}

// NewArazzo returns the document of some workflows. url is the location of the OpenAPI document,
// relative to the Arazzo document.
func NewArazzo(title, url string, found []Found) *Arazzo {
	a := &Arazzo{
		Arazzo:    "1.0.1",
		Info:      Info{Title: title + " workflows", Version: "1.0.0", Description: "Chains of operations that recur in captured traffic."},
		Sources:   []Source{{sourceName, url, "openapi"}},
		Workflows: []Workflow{},
	}
	for _, f := range found {
		a.Workflows = append(a.Workflows, f.Workflow)
	}
	return a
}

// Encode writes the document.
func (a *Arazzo) Encode(w io.Writer, f openapi.Format) error {
	var b bytes.Buffer
	var err error
	out := visible.NewWriter(w)
	if f == openapi.JSON {
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		out, err = visible.NewJSONWriter(w), e.Encode(a)
	} else {
		e := yaml.NewEncoder(&b)
		e.SetIndent(2)
		err = e.Encode(a)
	}
	if err != nil {
		return fmt.Errorf("encode workflows: %w", err)
	}
	_, err = out.Write(b.Bytes())
	return err
}

// Read reads an Arazzo document in YAML or JSON. Parts that this package does not write are an
// error: they would change what a workflow does.
func Read(text []byte) (*Arazzo, error) {
	a := &Arazzo{}
	if err := decode.YAMLFile(text, a); err != nil {
		return nil, err
	}
	switch {
	case !strings.HasPrefix(a.Arazzo, "1."):
		return nil, fmt.Errorf("arazzo %q: must be a version 1", a.Arazzo)
	case len(a.Sources) != 1 || a.Sources[0].Type != "openapi":
		return nil, fmt.Errorf("sourceDescriptions: must be one document of type openapi, not %d", len(a.Sources))
	case len(a.Workflows) == 0:
		return nil, fmt.Errorf("workflows: must be at least one")
	}
	ids := map[string]bool{}
	for i := range a.Workflows {
		w := &a.Workflows[i]
		if ids[w.ID] {
			return nil, fmt.Errorf("workflow %d %.80q: must have an id of its own", i+1, w.ID)
		}
		ids[w.ID] = true
		if err := w.Check(); err != nil {
			return nil, err
		}
		for j := range w.Steps {
			if err := w.Steps[j].resolve(a.Sources[0].Name); err != nil {
				return nil, fmt.Errorf("workflow %s, step %s: %w", w.ID, w.Steps[j].ID, err)
			}
		}
	}
	return a, nil
}

// nameForm is the form of ids, and of the names of inputs and outputs. Arazzo recommends it for
// ids. A name of this form cannot imitate the text around it.
var nameForm = lazyregexp.New(`^[A-Za-z0-9_-]+$`)

func checkName(what, name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("%s %.80q: must have letters, digits, _ and - only", what, name)
	}
	return nil
}

// Check returns an error if a workflow or a step of it has no id of its own, if a name has another
// form than Arazzo gives it, or if a value is none of JSON.
func (w *Workflow) Check() error {
	if w.ID == "" || len(w.Steps) == 0 {
		return fmt.Errorf("workflow %.80q: must have an id, and steps", w.ID)
	}
	err := checkName("workflow", w.ID)
	if _, e := json.Marshal(w); e != nil {
		err = cmp.Or(err, fmt.Errorf("workflow %s: it has values that JSON does not have", w.ID))
	}
	names := slices.Collect(maps.Keys(w.Outputs))
	if w.Inputs != nil {
		names = slices.AppendSeq(append(names, w.Inputs.Required...), maps.Keys(w.Inputs.Properties))
	}
	steps := map[string]bool{}
	for _, s := range w.Steps {
		if s.ID == "" || steps[s.ID] || (s.OperationID == "") == (s.OperationPath == "") {
			return fmt.Errorf("workflow %.80q, step %.80q: must have an id of its own, and an operationId or an operationPath", w.ID, s.ID)
		}
		steps[s.ID] = true
		err = cmp.Or(err, checkName("step", s.ID))
		names = slices.AppendSeq(names, maps.Keys(s.Outputs))
	}
	slices.Sort(names)
	for _, name := range names {
		err = cmp.Or(err, checkName("input or output", name))
	}
	return err
}

// resolve replaces a reference to an operation of the source by the operationId itself.
func (s *Step) resolve(source string) error {
	const sources = "$sourceDescriptions."
	id, isReference := strings.CutPrefix(s.OperationID, sources)
	if id, ok := strings.CutPrefix(id, source+"."); isReference && ok {
		s.OperationID, isReference = id, false
	}
	other := strings.Contains(s.OperationPath, sources) && !strings.HasPrefix(s.OperationPath, "{"+sources+source+".url}#")
	if isReference || other {
		return fmt.Errorf("the operation %.200q is not one of the source description %.80q", cmp.Or(s.OperationID, s.OperationPath), source)
	}
	return nil
}
