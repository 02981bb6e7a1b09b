package mcpclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
)

// formField is one question of a form: a property of a flat schema (MCP, elicitation:
// PrimitiveSchemaDefinition).
type formField struct {
	Type, Title, Description, Format string
	Default                          json.RawMessage

	name     string
	required bool
	choices  []choice
	schema   *jsonschema.Schema // nil if it is not valid: the server checks the answer then
}

// choice is a value that can be chosen, with its title.
type choice struct{ value, title string }

func (c choice) label() string {
	if c.title == "" || c.title == c.value {
		return c.value
	}
	return c.value + " (" + c.title + ")"
}

// titledOption is a choice in oneOf or anyOf.
type titledOption struct {
	Const string `json:"const"`
	Title string `json:"title"`
}

// readField reads the schema of a field. A schema that it cannot read is one of any text.
func readField(raw []byte) formField {
	var x formField
	var options struct {
		Enum  []string       `json:"enum"`
		Names []string       `json:"enumNames"`
		OneOf []titledOption `json:"oneOf"`
		Items struct {
			Enum  []string       `json:"enum"`
			AnyOf []titledOption `json:"anyOf"`
			OneOf []titledOption `json:"oneOf"`
		} `json:"items"`
	}
	if json.Unmarshal(raw, &x) != nil || json.Unmarshal(raw, &options) != nil {
		return formField{}
	}
	if string(x.Default) == "null" {
		x.Default = nil
	}
	x.schema, _ = jsonschema.Compile(jsonvalue.Decode(raw))
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

// hint says what answer is expected.
func (x *formField) hint() string {
	var hints []string
	if x.Description != "" {
		hints = append(hints, x.Description)
	}
	switch {
	case x.Type == "array":
		hints = append(hints, "one or more of these, separated by commas")
	case len(x.choices) > 0:
		hints = append(hints, "one of these")
	case x.Type == "boolean":
		hints = append(hints, "y or n")
	case x.Format != "":
		hints = append(hints, x.Format)
	case x.Type == "integer" || x.Type == "number":
		hints = append(hints, x.Type)
	}
	if !x.required {
		hints = append(hints, "optional")
	}
	return strings.Join(hints, "; ")
}

// parse converts an answer to JSON. An error says what the answer must be.
func (x *formField) parse(s string) (json.RawMessage, error) {
	v, err := x.convert(s)
	if err != nil || x.schema == nil {
		return v, err
	}
	if wrong := jsonschema.Problems(x.schema.Validate(context.Background(), jsonvalue.Decode([]byte(v)))); len(wrong) > 0 {
		return nil, errors.New(wrong[0].Reason)
	}
	return v, nil
}

// convert converts an answer to JSON of the type.
func (x *formField) convert(s string) (json.RawMessage, error) {
	switch {
	case x.Type == "array":
		return x.parseList(s)
	case len(x.choices) > 0:
		v, err := x.choose(s)
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
		return x.parseNumber(s)
	}
	return json.RawMessage(jsonString(s)), nil
}

// choose finds a choice by its value, its title or its number.
func (x *formField) choose(s string) (string, error) {
	for _, c := range x.choices {
		if s == c.value || s == c.title && s != "" {
			return c.value, nil
		}
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= len(x.choices) {
		return x.choices[n-1].value, nil
	}
	return "", fmt.Errorf("must be one of the %d above, or its number", len(x.choices))
}

func (x *formField) parseList(s string) (json.RawMessage, error) {
	var out []string
	for _, item := range strings.Split(s, ",") {
		item = strings.TrimSpace(item)
		if len(x.choices) > 0 {
			v, err := x.choose(item)
			if err != nil {
				return nil, err
			}
			item = v
		}
		out = append(out, jsonString(item))
	}
	return json.RawMessage("[" + strings.Join(out, ",") + "]"), nil
}

// parseNumber keeps the digits as they were typed.
func (x *formField) parseNumber(s string) (json.RawMessage, error) {
	switch t := jsonType(s); {
	case x.Type == "integer" && t != "integer":
		return nil, errors.New("must be a whole number")
	case t != "integer" && t != "number":
		return nil, errors.New("must be a number")
	}
	if _, err := strconv.ParseFloat(s, 64); err != nil {
		return nil, errors.New("is out of range")
	}
	return json.RawMessage(s), nil
}
