package main

import (
	"strconv"
	"strings"

	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer/correction"
)

// joined returns the arguments with the words that name an operation or a value as one, so that
// they need no quotes: correct optional GET /users query limit.
func (k *correctKind) joined(args []string) []string {
	end := len(args)
	if k.to {
		end-- // the last is the new name, type or text
	}
	if end < 2 {
		return args
	}
	n := 0
	switch k.kind {
	case overrides.Parameter, overrides.Literal, overrides.Merge, overrides.HostOf, overrides.Title:
		return args
	case overrides.Rename, overrides.Summary, overrides.LeaveOut:
		n = operationWords(args[:end])
	case overrides.Enum:
		n = placeWords(args[:end], false) // what follows a component may be a text
	default:
		n = placeWords(args[:end], true)
	}
	if n < 2 {
		return args
	}
	return append([]string{strings.Join(args[:n], " ")}, args[n:]...)
}

// operationWords returns how many words at the beginning name an operation, 0 for none.
func operationWords(words []string) int {
	if len(words) > 1 && correction.MethodName.MatchString(words[0]) && strings.HasPrefix(words[1], "/") {
		return 2
	}
	return 0
}

// placeWords returns how many words at the beginning name an operation, or a value as
// [correction.ParsePlace] reads it, 0 for none. components allows properties of components.
func placeWords(words []string, components bool) int {
	isPointer := func(i int) bool { return i < len(words) && strings.HasPrefix(words[i], "/") }
	n := operationWords(words)
	switch {
	case n == 0 && components && isPointer(1) && correction.ComponentName.MatchString(words[0]):
		return 2
	case n == 0 || len(words) == n:
		return n
	}
	switch words[n] {
	case "query", "path", "header", "cookie":
		if len(words) > n+1 {
			n += 2
		}
		return n
	case "request":
		n++
	case "response":
		if len(words) <= n+1 {
			return n
		}
		if _, err := strconv.Atoi(words[n+1]); err != nil {
			return n
		}
		n += 2
	default:
		return n
	}
	if isPointer(n) {
		n++
	}
	return n
}
