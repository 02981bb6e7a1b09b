package redact_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
)

// secretPlace is a place of a flow that can hold a secret.
type secretPlace struct {
	label string
	put   func(f *flow.Flow, name, value string)
	fits  func(name, value string) bool // nil: any
}

// hasNoBlank reports whether a value has no blank or quote, which would end it where no quotes
// stand around it.
func hasNoBlank(_, v string) bool { return !strings.ContainsAny(v, " \n\"'&<>;") }

// isOneLine reports whether a value has one line.
func isOneLine(_, v string) bool { return !strings.Contains(v, "\n") }

// isCell reports whether a value can stand in a table without quotes.
func isCell(_, v string) bool { return !strings.ContainsAny(v, " \n\"|,;") }

// isElementName reports whether a name can be that of an XML element.
func isElementName(name, _ string) bool { return !strings.ContainsAny(name, " []") }

// response returns a place in a response body of this media type.
func response(label, contentType string, text func(name, value string) string, fits func(string, string) bool) secretPlace {
	return secretPlace{label, func(f *flow.Flow, name, value string) {
		body := text(name, value)
		f.Response.Header = append(f.Response.Header, flow.Field{Name: "Content-Type", Value: contentType})
		f.Response.Body = flow.Body{Data: []byte(body), Size: int64(len(body))}
	}, fits}
}

// request returns a place in a request body of this media type.
func request(label, contentType string, text func(name, value string) string, fits func(string, string) bool) secretPlace {
	return secretPlace{label, func(f *flow.Flow, name, value string) {
		body := text(name, value)
		f.Request.Header = append(f.Request.Header, flow.Field{Name: "Content-Type", Value: contentType})
		f.Request.Body = flow.Body{Data: []byte(body), Size: int64(len(body))}
	}, fits}
}

func quoted(s string) string { b, _ := json.Marshal(s); return string(b) }

// indented returns the lines of a value, indented as a block of YAML.
func indented(v string) string { return "  " + strings.ReplaceAll(v, "\n", "\n  ") }

func part(name, more, value string) string {
	return "--XyZ\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n" + value + "\r\n--XyZ--\r\n"
}

// places hold a value under a name.
var places = []secretPlace{
	{"query", func(f *flow.Flow, n, v string) { f.Request.RawQuery = "a=1&" + n + "=" + url.QueryEscape(v) }, nil},
	response("HTML label and input", "text/html", func(n, v string) string {
		return "<label for=f1>" + n + "</label> <input id=f1 value=\"" + html.EscapeString(v) + "\">"
	}, isOneLine),
	response("HTML label in bold", "text/html", func(n, v string) string {
		return "<li><b>" + n + "</b>: <code>" + v + "</code></li>"
	}, hasNoBlank),
	response("JSON table", "application/json", func(n, v string) string {
		return `{"columns":["id",` + quoted(n) + `],"rows":[[1,` + quoted(v) + `]]}`
	}, nil),
	response("JSON table, names last", "application/json", func(n, v string) string {
		return `{"rows":[[1,` + quoted(v) + `]],"columns":["id",` + quoted(n) + `]}`
	}, nil),
	response("JSON, cut off", "application/json", func(n, v string) string {
		whole := quoted(v)
		return `{"a":1,` + quoted(n) + `:` + whole[:len(whole)-1]
	}, nil),
	response("XML, cut off", "application/xml", func(n, v string) string {
		return "<a><" + n + "><x>" + html.EscapeString(v)
	}, isElementName),
	request("arguments", "application/json", func(n, v string) string {
		return `{"args":["tool","--` + n + `",` + quoted(v) + `]}`
	}, hasNoBlank),
	{"query, in brackets", func(f *flow.Flow, n, v string) {
		f.Request.RawQuery = "user%5B" + n + "%5D=" + url.QueryEscape(v) + "&" + n + "[0]=" + url.QueryEscape(v)
	}, nil},
	{"header", func(f *flow.Flow, n, v string) {
		f.Request.Header = append(f.Request.Header, flow.Field{Name: n, Value: v})
	}, isOneLine},
	{"cookie", func(f *flow.Flow, n, v string) {
		f.Request.Header = append(f.Request.Header, flow.Field{Name: "Cookie", Value: "a=b; " + n + "=" + url.QueryEscape(v)})
	}, nil},
	{"Set-Cookie", func(f *flow.Flow, n, v string) {
		f.Response.Header = append(f.Response.Header, flow.Field{Name: "Set-Cookie", Value: n + "=" + url.QueryEscape(v) + "; Path=/"})
	}, nil},
	{"Location", func(f *flow.Flow, n, v string) {
		f.Response.Header = append(f.Response.Header, flow.Field{Name: "Location", Value: "https://example.com/next?" + n + "=" + url.QueryEscape(v)})
	}, nil},
	{"Link", func(f *flow.Flow, n, v string) {
		f.Response.Header = append(f.Response.Header, flow.Field{Name: "Link", Value: "<https://example.com/a?" + n + "=" + url.QueryEscape(v) + ">; rel=next"})
	}, nil},
	{"error of a flow", func(f *flow.Flow, n, v string) { f.Err = "connect: " + n + "=" + v }, hasNoBlank},
	{"WebSocket message", func(f *flow.Flow, n, v string) {
		data := `{"type":"x",` + quoted(n) + ":" + quoted(v) + "}"
		f.Messages = []flow.Message{{Kind: flow.Text, Data: []byte(data), Size: int64(len(data))}}
	}, nil},
	response("JSON", "application/json", func(n, v string) string { return `{"a":1,"b":{` + quoted(n) + ":" + quoted(v) + "}}" }, nil),
	response("JSON, list", "application/json", func(n, v string) string { return "{" + quoted(n) + ":[" + quoted(v) + "]}" }, nil),
	response("JSON, below", "application/json", func(n, v string) string {
		return "{" + quoted(n) + `:{"plain":` + quoted(v) + `,"more":[{"x":` + quoted(v) + "}]}}"
	}, nil),
	response("JSON, name and value", "application/json", func(n, v string) string {
		return `[{"name":` + quoted(n) + `,"value":` + quoted(v) + "}]"
	}, nil),
	response("JSON, value and type", "application/json", func(n, v string) string {
		return `{"value":` + quoted(v) + `,"field":` + quoted(n) + "}"
	}, nil),
	response("JSON, pair", "application/json", func(n, v string) string {
		return `{"headers":[["accept","x/y"],[` + quoted(n) + "," + quoted(v) + "]]}"
	}, nil),
	response("JSON, rows", "application/json", func(n, v string) string {
		return `{"columns":["id",` + quoted(n) + `],"rows":[[1,` + quoted(v) + "]]}"
	}, nil),
	response("JSON, within a string", "application/json", func(n, v string) string {
		return `{"raw":` + quoted("{"+quoted(n)+":"+quoted(v)+"}") + "}"
	}, nil),
	response("JSON, cut", "application/json", func(n, v string) string { return `{"a":1,` + quoted(n) + ":" + quoted(v) }, nil),
	response("JSON lines", "application/x-ndjson", func(n, v string) string {
		return "{" + quoted(n) + ":" + quoted(v) + "}\n{" + quoted(n) + ":" + quoted(v) + "}\n"
	}, nil),
	response("event stream", "text/event-stream", func(n, v string) string { return "data: {" + quoted(n) + ":" + quoted(v) + "}\n\n" }, nil),
	request("GraphQL", "application/json", func(n, v string) string {
		return `{"query":` + quoted("mutation { a("+strings.ReplaceAll(n, "-", "_")+": "+quoted(v)+") { id } }") + "}"
	}, nil),
	request("form", "application/x-www-form-urlencoded", func(n, v string) string { return "a=1&" + n + "=" + url.QueryEscape(v) }, nil),
	request("form, below", "application/x-www-form-urlencoded", func(n, v string) string { return n + "%5Bplain%5D=" + url.QueryEscape(v) }, nil),
	request("form, name and value", "application/x-www-form-urlencoded", func(n, v string) string {
		return "a%5Bname%5D=" + n + "&a%5Bvalue%5D=" + url.QueryEscape(v)
	}, nil),
	request("multipart", "multipart/form-data; boundary=XyZ", func(n, v string) string { return part(n, "", v) }, nil),
	request("multipart, with a type", "multipart/form-data; boundary=XyZ", func(n, v string) string {
		return part(n, "\r\nContent-Type: text/plain", v)
	}, nil),
	request("multipart, no boundary", "multipart/form-data", func(n, v string) string { return part(n, "", v) }, nil),
	response("HTML input", "text/html", func(n, v string) string {
		return `<form><input type="hidden" name="` + n + `" value="` + html.EscapeString(v) + `"></form>`
	}, nil),
	response("HTML input, unquoted", "text/html", func(n, v string) string { return "<INPUT NAME=" + n + " VALUE=" + v + ">" }, hasNoBlank),
	response("HTML input, spaced", "text/html", func(n, v string) string {
		return "<input Value = '" + html.EscapeString(v) + "' name = '" + n + "'>"
	}, nil),
	response("HTML script", "text/html", func(n, v string) string {
		return "<script>var cfg = {" + quoted(n) + ": " + quoted(v) + "};</script>"
	}, nil),
	response("XML element", "application/xml", func(n, v string) string {
		return "<r><" + n + ">" + html.EscapeString(v) + "</" + n + "></r>"
	}, isElementName),
	response("XML, prefixed", "application/xml", func(n, v string) string {
		return "<s:" + n + " s:a='b'>" + html.EscapeString(v) + "</s:" + n + ">"
	}, isElementName),
	response("XML, nested", "application/xml", func(n, v string) string {
		return "<r><" + n + ">\n  <x>" + html.EscapeString(v) + "</x>\n  <y><z>" + html.EscapeString(v) + "</z></y></" + n + "></r>"
	}, isElementName),
	response("XML attribute", "application/xml", func(n, v string) string { return "<r " + n + `="` + html.EscapeString(v) + `"/>` }, isElementName),
	response("XML CDATA", "application/xml", func(n, v string) string { return "<r><" + n + "><![CDATA[" + v + "]]></" + n + "></r>" }, isElementName),
	response("YAML", "application/yaml", func(n, v string) string { return "a: 1\n" + n + ": " + v + "\nb: 2\n" }, isOneLine),
	response("YAML, quoted", "application/yaml", func(n, v string) string { return "a:\n  - " + n + ": " + quoted(v) + "\n" }, nil),
	response("YAML, block", "application/yaml", func(n, v string) string { return n + ": |\n" + indented(v) + "\nb: 2\n" }, nil),
	response("YAML, folded", "application/yaml", func(n, v string) string { return "a:\n  " + n + ": >-\n    " + v + "\n  b: 2\n" }, isOneLine),
	response("YAML, name and value", "application/yaml", func(n, v string) string {
		return "env:\n- name: " + n + "\n  value: " + v + "\n- name: a\n  value: b\n"
	}, isOneLine),
	response("YAML, escapes", "application/yaml", func(n, v string) string {
		return "a: 1\n\"" + fmt.Sprintf("\\x%02x", n[0]) + n[1:] + "\": " + quoted(v) + "\n"
	}, nil),
	response("YAML, anchor", "application/yaml", func(n, v string) string { return n + ": &a " + v + "\nb: *a\n" }, isOneLine),
	response("YAML, list", "application/yaml", func(n, v string) string { return n + ":\n  - one-two\n  - " + v + "\n" }, isOneLine),
	response("YAML, below", "application/yaml", func(n, v string) string { return n + ":\n  plain: " + v + "\nb: 2\n" }, isOneLine),
	response("CSV", "text/csv", func(n, v string) string { return "a," + n + "\n1," + v + "\n" }, hasNoBlank),
	response("CSV without a type", "text/plain", func(n, v string) string { return "a," + n + "\n1," + v + "\n" }, isCell),
	response("CSV, name and value", "text/csv", func(n, v string) string { return "name,value\n" + n + "," + v + "\n" }, isCell),
	response("table of text", "text/markdown", func(n, v string) string {
		return "Users:\n\n| a | " + n + " |\n| --- | --- |\n| x y | " + v + " |\n"
	}, isCell),
	response("table of text, pairs", "text/plain", func(n, v string) string { return n + " | " + v + "\n" }, isCell),
	response("HTML table", "text/html", func(n, v string) string {
		return "<table><tr><th>a</th><th>" + n + "</th></tr><tr><td>x</td><td>" + html.EscapeString(v) + "</td></tr></table>"
	}, nil),
	response("HTML table, pairs", "text/html", func(n, v string) string {
		return "<table><tr><td>a</td><td>b</td></tr><tr><td>" + n + "</td><td>" + html.EscapeString(v) + "</td></tr></table>"
	}, nil),
	response("log, name=value", "text/plain", func(n, v string) string { return "2026-11-20 INFO login " + n + "=" + v + " ok\n" }, hasNoBlank),
	response("log, name: value", "text/plain", func(n, v string) string { return "2026-11-20 INFO login " + n + ": " + v + "\n" }, hasNoBlank),
	response("log, quoted", "text/plain", func(n, v string) string { return "level=info " + n + "=" + quoted(v) + " ok\n" }, nil),
}

// barePlaces hold a value without a name.
var barePlaces = []secretPlace{
	{"path", func(f *flow.Flow, _, v string) { f.Request.Path = "/v1/a/" + url.PathEscape(v) + "/b" }, hasNoBlank},
	{"path of Location", func(f *flow.Flow, _, v string) {
		f.Response.Header = append(f.Response.Header, flow.Field{Name: "Location", Value: "/v1/a/" + url.PathEscape(v)})
	}, hasNoBlank},
	{"name of a cookie", func(f *flow.Flow, _, v string) {
		f.Request.Header = append(f.Request.Header, flow.Field{Name: "Cookie", Value: v + "=1; a=b"})
	}, func(_, v string) bool { return hasNoBlank("", v) && !strings.ContainsAny(v, "=:/@(),") || isAddress(v) }},
	{"name of a parameter", func(f *flow.Flow, _, v string) { f.Request.RawQuery = "a=1&" + url.QueryEscape(v) + "=1" }, hasNoBlank},
	{"name of a file", func(f *flow.Flow, _, v string) {
		f.Response.Header = append(f.Response.Header, flow.Field{Name: "Content-Disposition", Value: `attachment; filename="` + v + `.pdf"`})
	}, func(_, v string) bool { return hasNoBlank("", v) && !strings.ContainsAny(v, "/:") }},
	response("name of a JSON member", "application/json", func(_, v string) string { return "{" + quoted(v) + `:{"n":1}}` }, hasNoBlank),
	request("name of a part", "multipart/form-data; boundary=XyZ", func(_, v string) string { return part(v, `; filename="a.txt"`, "x") }, hasNoBlank),
	request("file of a part", "multipart/form-data; boundary=XyZ", func(_, v string) string {
		return part("f", `; filename="`+v+`.txt"`, "x")
	}, hasNoBlank),
	response("HTML text", "text/html", func(_, v string) string { return "<p>see <b>" + html.EscapeString(v) + "</b></p>" }, nil),
	response("sentence", "text/plain", func(_, v string) string { return "It is " + v + ", he said." }, nil),
}

// isAddress reports whether a value is an e-mail address.
func isAddress(v string) bool {
	return strings.Contains(v, "@example.org") && !strings.ContainsAny(v, ":/")
}

// wordPlaces hold a value after a word that names it.
var wordPlaces = []secretPlace{
	{"path, after its name", func(f *flow.Flow, n, v string) {
		f.Request.Path = "/v1/" + n + "/" + url.PathEscape(v)
	}, hasNoBlank},
}
