package codegen

import (
	"fmt"
	"strings"
)

// dialect is how programs are written in a language, with a library.
type dialect struct {
	quote   func(string) string
	helpers []helper
	// Formats of a variable, and of one with a default: its name, the quoted default, and a note.
	variable, optional  string
	open, margin, end   string // around all requests; margin is a line break with indentation
	title               string // a format of a comment
	blockOpen, blockEnd string // around a request and what it gives
	// Around that of a page. loopOpen is a format of the first PAGE.
	loopOpen, loopMargin, loopEnd string
	// request writes a request. isRead reports whether the answer is read.
	request    func(r *request, isRead bool) string
	assignment string // a format of name and expression
	read       reader
}

// write writes a program.
func (d *dialect) write(requests []request, vars *variables) string {
	var head, b strings.Builder
	for _, v := range vars.list {
		format, note := d.variable, v.StandsFor
		if v.Default != "" {
			format, note = d.optional, "in the "+v.FirstUseIn+": no captured answer gives it"
		}
		fmt.Fprintf(&head, format, v.Name, d.quote(v.Default), comment(note))
	}
	for i := range requests {
		r, takes, open, margin, end := &requests[i], vars.takes[i], d.blockOpen, "\n", d.blockEnd
		if r.pages != nil && len(takes) == 0 { // else of one page
			r.url, takes, open, margin, end = r.pages.url, []take{r.pages.next}, fmt.Sprintf(d.loopOpen, d.quote(r.pages.first)), d.loopMargin, d.loopEnd
		}
		code := d.request(r, len(takes) > 0)
		for _, t := range takes {
			code += fmt.Sprintf(d.assignment, t.variable, fmt.Sprintf(d.read[t.kind], d.quote(t.name), d.quote(t.before), t.nth, d.quote(t.after), t.name))
		}
		code = strings.ReplaceAll(strings.TrimSuffix(code, "\n"), "\n", margin)
		fmt.Fprintf(&b, d.title+"%s%s\n%s", r.title(), open, code, end)
	}
	head.WriteString(d.open + strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\n", d.margin) + "\n" + d.end)
	out := head.String()
	for i := len(d.helpers) - 1; i >= 0; i-- { // a helper may use those before it
		if strings.Contains(out, d.helpers[i].use) {
			out = d.helpers[i].code + out
		}
	}
	return out
}

// helper is a part of a program that is left out if nothing uses it.
type helper struct{ use, code string }
