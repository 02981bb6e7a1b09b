package infer

import (
	"strings"

	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/schema"
)

// responseHeader decides a header of the responses with a status.
func responseHeader(name string, facts *paramFacts, status int) Param {
	h := Param{Name: name, In: InHeader, Seen: facts.seen, Description: headers.Description(strings.ToLower(name))}
	policy := schema.Policy{OpenEnums: true}
	switch name {
	case "Location":
		h.Schema, h.Description = facts.values.DecideSingle(name, policy), headers.LocationDescription(status)
	case "Retry-After":
		// The name leaves open whether the value is a number or a date, so the values decide.
		if h.Schema = facts.values.DecideSingle("seconds", policy); h.Schema.Kind == schema.Integer {
			h.Description = "How many seconds to wait."
		}
	default:
		h.Schema = facts.values.DecideSingle(name, policy)
	}
	if h.Schema.Description != "" && h.Description != "" { // such as Unix time
		h.Description += " " + h.Schema.Description + "."
		own := *h.Schema
		own.Description = ""
		h.Schema = &own
	}
	return h
}
