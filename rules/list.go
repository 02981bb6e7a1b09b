package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ModelName is the name that rules are kept under in a store, beside what was learnt from its flows. They cover no
// flow.
const ModelName = "rules"

// Bounds of a list.
const (
	maxRules   = 100
	maxEncoded = 1 << 20 // bytes
	version    = 1
)

// document is how rules are kept.
type document struct {
	Version int               `json:"version"`
	Rules   []json.RawMessage `json:"rules"`
}

// Encode writes rules that are checked as JSON, which Parse reads.
func Encode(list []Rule) ([]byte, error) {
	d := document{Version: version, Rules: []json.RawMessage{}}
	for _, r := range list {
		b, err := json.Marshal(r)
		if err != nil {
			return nil, fmt.Errorf("encode rule: %w", err)
		}
		d.Rules = append(d.Rules, b)
	}
	return json.Marshal(d)
}

// Parse reads what Encode wrote; nothing is no rules. It returns the rules that are sound, and an error that names
// those that are not, by their place: the others can be used all the same.
func Parse(data []byte) ([]Rule, error) {
	if len(data) == 0 {
		return nil, nil
	}
	if len(data) > maxEncoded {
		return nil, fmt.Errorf("read rules: they have %d bytes, at most %d are taken", len(data), maxEncoded)
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, errors.New("read rules: they are not the JSON of rules")
	}
	if d.Version != version {
		return nil, fmt.Errorf("read rules: they are of version %d, only %d is known", d.Version, version)
	}
	var list []Rule
	var all []error
	for i, raw := range d.Rules {
		r, err := parseRule(raw)
		switch {
		case err == nil && len(list) == maxRules:
			return list, errors.Join(append(all, fmt.Errorf("read rules: there are more than %d", maxRules))...)
		case err == nil && index(list, r.ID) >= 0:
			err = errors.New("its id is there already")
		}
		if err != nil {
			all = append(all, fmt.Errorf("read rule %d: %w", i+1, err))
			continue
		}
		list = append(list, r)
	}
	return list, errors.Join(all...)
}

// parseRule is strict: a field that is not known may be what keeps a rule of a newer version from doing harm.
func parseRule(raw []byte) (r Rule, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if d.Decode(&r) != nil {
		return Rule{}, errors.New("it is not the JSON of a rule")
	}
	return r, r.Check()
}

func index(list []Rule, id string) int {
	return slices.IndexFunc(list, func(r Rule) bool { return r.ID == id })
}

// With returns list with r, in the place of the rule of its ID or at the end. Mistakes in r are the error, and that
// there is no room.
func With(list []Rule, r Rule) (out []Rule, replaced bool, err error) {
	if err := r.Check(); err != nil {
		return nil, false, err
	}
	out = slices.Clone(list)
	if i := index(out, r.ID); i >= 0 {
		out[i] = r
		replaced = true
	} else if len(out) == maxRules {
		return nil, false, fmt.Errorf("there are %d rules already, no more are taken", maxRules)
	} else {
		out = append(out, r)
	}
	if b, err := Encode(out); err != nil || len(b) > maxEncoded {
		return nil, false, fmt.Errorf("all rules together must be at most %d bytes", maxEncoded)
	}
	return out, replaced, nil
}

// Without returns list without the rule of that ID, and whether it was there.
func Without(list []Rule, id string) ([]Rule, bool) {
	i := index(list, id)
	if i < 0 {
		return list, false
	}
	return slices.Delete(slices.Clone(list), i, i+1), true
}
