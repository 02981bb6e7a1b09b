package mcpclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// field is one question of a form: a property of a flat schema (MCP, elicitation: PrimitiveSchemaDefinition).
type field struct {
	Type        string          `json:"type"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Default     json.RawMessage `json:"default"`
	Format      string          `json:"format"`
	Pattern     string          `json:"pattern"`
	MinLength   *int            `json:"minLength"`
	MaxLength   *int            `json:"maxLength"`
	Minimum     *float64        `json:"minimum"`
	Maximum     *float64        `json:"maximum"`
	MinItems    *int            `json:"minItems"`
	MaxItems    *int            `json:"maxItems"`

	name     string
	required bool
	choices  []choice
}

// choice is a value that may be chosen, and what it is called.
type choice struct{ value, title string }

func (c choice) label() string {
	if c.title == "" || c.title == c.value {
		return c.value
	}
	return c.value + " (" + c.title + ")"
}

// titled is an option that has a title.
type titled struct {
	Const string `json:"const"`
	Title string `json:"title"`
}

func readField(raw json.RawMessage) field {
	var x field
	var options struct {
		Enum  []string `json:"enum"`
		Names []string `json:"enumNames"`
		OneOf []titled `json:"oneOf"`
		Items struct {
			Enum  []string `json:"enum"`
			AnyOf []titled `json:"anyOf"`
			OneOf []titled `json:"oneOf"`
		} `json:"items"`
	}
	if json.Unmarshal(raw, &x) != nil || json.Unmarshal(raw, &options) != nil {
		return field{} // asked for as text
	}
	if string(x.Default) == "null" {
		x.Default = nil
	}
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

// about says what is wanted.
func (x *field) about() string {
	var parts []string
	if x.Description != "" {
		parts = append(parts, x.Description)
	}
	switch {
	case x.Type == "array":
		parts = append(parts, "some of these, with commas between")
	case len(x.choices) > 0:
		parts = append(parts, "one of these")
	case x.Type == "boolean":
		parts = append(parts, "y or n")
	case x.Format != "":
		parts = append(parts, x.Format)
	case x.Type == "integer" || x.Type == "number":
		parts = append(parts, x.Type)
	}
	if !x.required {
		parts = append(parts, "may be left empty")
	}
	return strings.Join(parts, "; ")
}

// read makes JSON of an answer, or says what does not fit.
func (x *field) read(s string) (json.RawMessage, error) {
	switch {
	case x.Type == "array":
		return x.readSome(s)
	case len(x.choices) > 0:
		v, err := x.pick(s)
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
		return x.readNumber(s)
	}
	if err := x.checkText(s); err != nil {
		return nil, err
	}
	return json.RawMessage(jsonString(s)), nil
}

// pick finds a choice by its value, its title or its place.
func (x *field) pick(s string) (string, error) {
	for _, c := range x.choices {
		if s == c.value || s == c.title {
			return c.value, nil
		}
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= len(x.choices) {
		return x.choices[n-1].value, nil
	}
	return "", fmt.Errorf("must be one of the %d above, or its number", len(x.choices))
}

func (x *field) readSome(s string) (json.RawMessage, error) {
	var out []string
	for _, part := range strings.Split(s, ",") {
		part = strings.TrimSpace(part)
		if len(x.choices) > 0 {
			v, err := x.pick(part)
			if err != nil {
				return nil, err
			}
			part = v
		}
		out = append(out, jsonString(part))
	}
	if x.MinItems != nil && len(out) < *x.MinItems {
		return nil, fmt.Errorf("must be at least %d", *x.MinItems)
	}
	if x.MaxItems != nil && len(out) > *x.MaxItems {
		return nil, fmt.Errorf("must be at most %d", *x.MaxItems)
	}
	return json.RawMessage("[" + strings.Join(out, ",") + "]"), nil
}

// readNumber keeps the digits as they were typed.
func (x *field) readNumber(s string) (json.RawMessage, error) {
	kind := jsonKind(s)
	if kind != "integer" && (kind != "number" || x.Type == "integer") {
		return nil, fmt.Errorf("must be %s", map[string]string{"integer": "a whole number", "number": "a number"}[x.Type])
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, errors.New("is out of range")
	}
	if x.Minimum != nil && v < *x.Minimum {
		return nil, fmt.Errorf("must be at least %v", *x.Minimum)
	}
	if x.Maximum != nil && v > *x.Maximum {
		return nil, fmt.Errorf("must be at most %v", *x.Maximum)
	}
	return json.RawMessage(s), nil
}

func (x *field) checkText(s string) error {
	n := utf8.RuneCountInString(s)
	if x.MinLength != nil && n < *x.MinLength {
		return fmt.Errorf("must have at least %d characters", *x.MinLength)
	}
	if x.MaxLength != nil && n > *x.MaxLength {
		return fmt.Errorf("must have at most %d characters", *x.MaxLength)
	}
	// A pattern that this engine does not know is left to the server.
	if re, err := regexp.Compile(x.Pattern); err == nil && !re.MatchString(s) {
		return fmt.Errorf("must match %s", x.Pattern)
	}
	switch x.Format {
	case "email":
		if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
			return errors.New("must be an e-mail address")
		}
	case "uri":
		if u, err := url.Parse(s); err != nil || u.Scheme == "" {
			return errors.New("must be a URL")
		}
	case "date":
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return errors.New("must be a date such as 2026-01-31")
		}
	case "date-time":
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			return errors.New("must be a time such as 2026-01-31T12:00:00Z")
		}
	}
	return nil
}
