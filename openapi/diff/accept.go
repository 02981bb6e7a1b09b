package diff

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/decode"
)

// Accepted is a change that a team has accepted.
type Accepted struct {
	// Rule is the ID of the change.
	Rule string `yaml:"rule"`
	// Operation is its method and path, as "GET /orders/{id}", and Text its text; either is "" for
	// any.
	Operation string `yaml:"operation,omitempty"`
	Text      string `yaml:"text,omitempty"`
	// Reason says why. A change without a reason is not accepted.
	Reason string `yaml:"reason"`
	// Until is the last day on which the change is accepted, as 2006-01-02; "" is for ever.
	Until string `yaml:"until,omitempty"`
}

type acceptedFile struct {
	Accepted []Accepted `yaml:"accepted"`
}

const acceptedComment = `# Changes that are accepted: spectap diff --accept leaves them out. Each needs a reason.
`

// ReadAccepted reads a file of accepted changes. An error says which one is incomplete.
func ReadAccepted(text []byte) ([]Accepted, error) {
	var f acceptedFile
	if err := decode.YAMLFile(text, &f); err != nil {
		return nil, err
	}
	for i, a := range f.Accepted {
		var err error
		switch {
		case a.Rule == "":
			err = errors.New("it has no rule")
		case strings.TrimSpace(a.Reason) == "":
			err = errors.New("it has no reason: write why the change is accepted")
		case a.Until != "":
			if _, wrong := time.Parse(time.DateOnly, a.Until); wrong != nil {
				err = fmt.Errorf("until %q is no day such as 2027-12-31", a.Until)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("accepted change %d, %s %s: %w", i+1, a.Rule, a.Operation, err)
		}
	}
	return f.Accepted, nil
}

// WriteAccepted writes a file that has the changes accepted so far, and accepts more changes for a
// reason until a day.
func WriteAccepted(kept []Accepted, changes []Change, reason string, until time.Time) ([]byte, error) {
	f := acceptedFile{Accepted: append([]Accepted{}, kept...)}
	for i := range changes {
		c := &changes[i]
		f.Accepted = append(f.Accepted, Accepted{c.ID, c.operation(), c.Text, reason, until.Format(time.DateOnly)})
	}
	b := bytes.NewBufferString(acceptedComment)
	e := yaml.NewEncoder(b)
	e.SetIndent(2)
	if err := e.Encode(f); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

// Accept returns the changes that are not accepted today, and the entries without effect: expired,
// or for a change that does not exist any more.
func Accept(changes []Change, accepted []Accepted, today time.Time) (left []Change, expired, unused []Accepted) {
	day, used := today.Format(time.DateOnly), make([]bool, len(accepted))
	left = slices.DeleteFunc(slices.Clone(changes), func(c Change) bool {
		found := false
		for i, a := range accepted {
			if a.Rule == c.ID && (a.Operation == "" || a.Operation == c.operation()) && (a.Text == "" || a.Text == c.Text) {
				used[i] = true
				found = found || a.Until == "" || day <= a.Until
			}
		}
		return found
	})
	for i, a := range accepted {
		switch {
		case !used[i]:
			unused = append(unused, a)
		case a.Until != "" && a.Until < day:
			expired = append(expired, a)
		}
	}
	return sorted(left), expired, unused
}

func (c *Change) operation() string { return strings.TrimSpace(c.Method + " " + c.Path) }
