package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// otherFiles tells files that are no recordings by how they begin, with what to type.
var otherFiles = []struct {
	begin *regexp.Regexp
	what  string
	try   func(name string) string
}{
	{regexp.MustCompile(`^PK\x03\x04`), "it is a ZIP archive",
		func(name string) string { return "unzip " + name + "   # and import the HAR in it" }},
	{regexp.MustCompile(`(?m)^\s*\{?\s*["']?(?:openapi|swagger)["']?\s*:`), "it is an OpenAPI document, which has no traffic",
		func(name string) string {
			return "spectap validate " + name + "   # or: spectap serve, check, coverage, diff, lint"
		}},
	{regexp.MustCompile(`"__export_format"\s*:|^type: collection\.insomnia`), "it is an Insomnia export, which has no answers",
		func(string) string { return "export the same as HAR in Insomnia" }},
	{regexp.MustCompile(`"_postman_variable_scope"\s*:|^\{\s*"id"\s*:\s*"[^"]*",\s*"name"\s*:\s*"[^"]*",\s*"values"\s*:\s*\[`),
		"it is an environment of Postman, which has no traffic",
		func(string) string { return "spectap import COLLECTION --var NAME=VALUE   # with its values" }},
	{regexp.MustCompile(`^={4,} ?[0-9]+ ?={4,}`), "these are messages of ZAP as text, whose ends nobody can tell",
		func(string) string { return "save the same messages as HAR in ZAP: Save as HAR (HTTP Archive File)…" }},
	{regexp.MustCompile(`^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) [^ ]+ HTTP/|(?m)^[^\n]*"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) [^ "]+ HTTP/[0-9.]+" [1-5]\d\d `),
		"it is a log or a part of an exchange", func(string) string {
			return "spectap proxy, and let the client use it   # docs/import.md lists which files can be read"
		}},
}

// otherFile says what a file is that is no recording, and what to type; "" if nobody knows.
func otherFile(name string) (what, try string) {
	f, err := os.Open(name)
	if err != nil {
		return "", ""
	}
	defer f.Close()
	head := make([]byte, 1<<10)
	n, _ := io.ReadFull(f, head)
	head = bytes.TrimPrefix(head[:n], []byte("\ufeff"))
	for _, o := range otherFiles {
		if o.begin.Match(head) {
			return o.what, o.try(quoteArg(name))
		}
	}
	return "", ""
}

// unopened returns what to type when a file could not be opened.
func unopened(name string) string {
	switch rest, isFile := strings.CutPrefix(name, "file://"); {
	case isURL(name):
		return "curl -fL " + quoteArg(name) + " | spectap import -   # import reads files"
	case isFile:
		return "spectap import " + quoteArg(rest)
	}
	return "ls -l " + quoteArg(filepath.Dir(name))
}
