package main

import (
	"strings"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/internal/spelling"
)

// meantOperation returns the operation of a document that a method and a path were meant to be, as
// arguments, or "".
func meantOperation(d *infer.Document, method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	var paths []string
	for _, op := range d.Operations {
		if op.Path == path {
			return op.Method + " " + quoteArg(path) // another method
		}
		paths = append(paths, op.Path)
	}
	near := spelling.Nearest(path, paths)
	other := ""
	for _, op := range d.Operations {
		meant := near
		if op.Path != near {
			meant = similarPath(op.Path, strings.TrimPrefix(path, amend.Prefix(d)))
		}
		switch {
		case meant == "":
		case op.Method == method:
			return method + " " + quoteArg(meant)
		case other == "":
			other = op.Method + " " + quoteArg(meant)
		}
	}
	return other
}

// similarPath returns a path with the literals of a template that its segments are similar to, or
// "" if the path is not similar to the template.
func similarPath(template, path string) string {
	template, _, _ = strings.Cut(template, "#")
	want, segments := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(segments) {
		return ""
	}
	for i, w := range want {
		switch {
		case strings.Contains(w, "{") && segments[i] != "" || w == segments[i]:
		case spelling.Nearest(segments[i], []string{w}) == "":
			return ""
		default:
			segments[i] = w
		}
	}
	return strings.Join(segments, "/")
}

// operationNamed returns the method and the path of the operation with an operationId.
func operationNamed(d *infer.Document, id string) (method, path string, ok bool) {
	var ids []string
	for _, op := range d.Operations {
		ids = append(ids, op.ID)
	}
	near := spelling.Nearest(id, ids)
	for _, op := range d.Operations {
		if op.ID == id {
			return op.Method, op.Path, true
		}
		if op.ID == near {
			method, path = op.Method, op.Path
		}
	}
	return method, path, false
}
