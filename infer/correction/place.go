package correction

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// Place names a value of an API:
//
//	User /email                      a property of a component
//	User /tags/*                     each element of an array, or each value of a map
//	GET /users query limit           a parameter: query, path, header or cookie
//	POST /users request              the body of the requests
//	POST /users request /name        a property of it
//	GET /users response 200 /0/id    a property of the body of the responses with a status
//
// Behind a component, request and status is a JSON pointer (RFC 6901) into the data.
type Place struct {
	Component    string // or Method and Path
	Method, Path string
	// In is one of "query", "path", "header", "cookie", "request" and "response".
	In     string
	Name   string // of the parameter
	Status int    // of the response
	// Pointer leads into the body or component.
	Pointer []string
}

var parameterPlaces = []string{"query", "path", "header", "cookie"}

// ComponentName matches the names that OpenAPI allows for components.
var ComponentName = lazyregexp.New(`^[A-Za-z0-9._-]{1,200}$`)

// MethodName matches methods, which are in upper case.
var MethodName = lazyregexp.New(`^[A-Z]+$`)

// errPlace is the error for a text that names no place.
var errPlace = errors.New(`no place: it is like "User /email", "GET /users query limit", "POST /users request /name" ` +
	`or "GET /users response 200 /id"`)

// ParsePlace reads a place.
func ParsePlace(s string) (p Place, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%q is %w", s, err)
		}
	}()
	first, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	rest = strings.TrimLeft(rest, " ")
	if !MethodName.MatchString(first) || !isOperation(rest) {
		if !ComponentName.MatchString(first) {
			return p, errPlace
		}
		p.Component = first
		p.Pointer, err = parsePointer(rest)
		return p, err
	}
	p.Method = first
	p.Path, rest = word(rest)
	p.In, rest = word(rest)
	switch {
	case slices.Contains(parameterPlaces, p.In) && rest != "":
		p.Name = rest
		return p, nil
	case p.In == "response":
		var status string
		status, rest = word(rest)
		if p.Status, err = strconv.Atoi(status); err != nil || p.Status < 100 || p.Status > 599 {
			return p, errPlace
		}
	case p.In != "request":
		return p, errPlace
	}
	p.Pointer, err = parsePointer(rest)
	return p, err
}

// isOperation reports whether a path and a place in an operation follow, and not a pointer into a
// component in capitals.
func isOperation(s string) bool {
	path, rest := word(s)
	in, _ := word(rest)
	return strings.HasPrefix(path, "/") && (in == "request" || in == "response" || slices.Contains(parameterPlaces, in))
}

func word(s string) (first, rest string) {
	first, rest, _ = strings.Cut(s, " ")
	return first, strings.TrimLeft(rest, " ")
}

func parsePointer(s string) ([]string, error) {
	if s == "" {
		return nil, nil
	}
	if s[0] != '/' {
		return nil, errPlace
	}
	return jsonvalue.Tokens(s), nil
}

// String returns the place as [ParsePlace] reads it.
func (p Place) String() string {
	s := p.Component
	if s == "" {
		s = p.Method + " " + p.Path + " " + p.In
	}
	switch {
	case p.Name != "":
		return s + " " + p.Name
	case p.In == "response":
		s += " " + strconv.Itoa(p.Status)
	}
	if len(p.Pointer) == 0 {
		return s
	}
	return s + " " + jsonvalue.Pointer(p.Pointer...)
}

// ParseOperation reads a method and a path, such as "GET /users/{id}".
func ParseOperation(s string) (method, path string, err error) {
	method, path, _ = strings.Cut(strings.TrimSpace(s), " ")
	path = strings.TrimSpace(path)
	if !MethodName.MatchString(method) || !strings.HasPrefix(path, "/") || strings.Contains(path, " ") {
		return "", "", fmt.Errorf("%q is no operation: it is like GET /users/{id}", s)
	}
	return method, path, nil
}

// ParseLeaveOut reads a pattern of paths, with a method before it or without.
func ParseLeaveOut(s string) (l LeaveOut, err error) {
	l.Path = strings.TrimSpace(s)
	if method, path, found := strings.Cut(l.Path, " "); found && MethodName.MatchString(method) {
		l.Method, l.Path = method, strings.TrimSpace(path)
	}
	if !strings.HasPrefix(l.Path, "/") {
		return l, fmt.Errorf("%q must begin with /", s)
	}
	return l, nil
}

// MatchesPath reports whether a template of a correction is that of an operation, below the prefix
// of the servers. The fragments behind # must be equal.
func MatchesPath(pattern, path, prefix string) bool {
	pattern, wanted, _ := strings.Cut(pattern, "#")
	path, fragment, _ := strings.Cut(path, "#")
	return wanted == fragment && (sameTemplate(pattern, path) || prefix != "" && sameTemplate(pattern, prefix+path))
}

func sameTemplate(pattern, path string) bool {
	a, b := splitPath(pattern), splitPath(path)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		isParameter := strings.Contains(b[i], "{")
		isWildcard := a[i] == "*" || strings.HasPrefix(a[i], "{") && strings.HasSuffix(a[i], "}")
		if a[i] != b[i] && !(isWildcard && isParameter) {
			return false
		}
	}
	return true
}
