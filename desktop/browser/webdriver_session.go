package browser

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// maxSession bounds the request for a session. It may contain extensions.
const maxSession = 64 << 20

// addFlags adds flags to the options of the browser in a request for a session. What cannot be read
// stays as it is, so that the server refuses it. A session with a proxy of its own keeps that.
// Source: https://www.w3.org/TR/webdriver2/#capabilities, and the capabilities of ChromeDriver.
func addFlags(r *http.Request, driver string, flags []string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxSession+1))
	rest := r.Body
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), rest), rest}
	if err != nil || len(body) > maxSession {
		return
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var request map[string]any
	if dec.Decode(&request) != nil {
		return
	}
	if _, err := dec.Token(); err != io.EOF { // More takes a bracket for the end
		return
	}
	options := "goog:chromeOptions"
	if strings.HasPrefix(driver, "msedge") {
		options = "ms:edgeOptions"
	}
	for _, caps := range sessions(request, options) {
		if caps["proxy"] != nil {
			continue
		}
		o, _ := caps[options].(map[string]any)
		if o == nil {
			o = map[string]any{}
		}
		args, _ := o["args"].([]any)
		if args, ok := merged(args, flags); ok {
			o["args"] = args
			caps[options] = o
		}
	}
	text, err := json.Marshal(request)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	r.ContentLength = int64(len(text))
	r.Header.Del("Transfer-Encoding")
}

// sessions returns the capabilities in a request to which options belong: each of firstMatch that
// has them, else alwaysMatch. A name may be in only one of the two.
func sessions(request map[string]any, options string) (list []map[string]any) {
	caps, _ := request["capabilities"].(map[string]any)
	if caps == nil {
		return nil
	}
	always, _ := caps["alwaysMatch"].(map[string]any)
	if always == nil {
		always = map[string]any{}
		caps["alwaysMatch"] = always
	}
	if always["proxy"] != nil {
		return nil
	}
	first, _ := caps["firstMatch"].([]any)
	if always[options] == nil {
		for _, x := range first {
			if m, ok := x.(map[string]any); ok && m[options] != nil {
				list = append(list, m)
			}
		}
	}
	if list != nil {
		for _, x := range first { // those without options of their own
			if m, ok := x.(map[string]any); ok && m[options] == nil {
				list = append(list, m)
			}
		}
		return list
	}
	for _, x := range first { // a proxy may be in one of them
		if m, ok := x.(map[string]any); ok && m["proxy"] != nil {
			return nil
		}
	}
	return []map[string]any{always}
}

// merged returns arguments of a browser with flags before them, so that the arguments prevail. It
// reports false if they name a proxy. The features that are switched off are joined, because only
// the last list counts.
func merged(args []any, flags []string) ([]any, bool) {
	const features = "disable-features="
	off := ""
	var own []any
	for _, a := range args {
		text, _ := a.(string)
		name := strings.TrimLeft(text, "-")
		if strings.HasPrefix(name, "proxy-server") || strings.HasPrefix(name, "proxy-pac-url") || strings.HasPrefix(name, "no-proxy-server") {
			return nil, false
		}
		if list, ok := strings.CutPrefix(name, features); ok {
			off += "," + list
			continue
		}
		own = append(own, a)
	}
	all := make([]any, 0, len(flags)+len(own))
	for _, f := range flags {
		if strings.HasPrefix(f, "--"+features) {
			f += off
			off = ""
		}
		all = append(all, f)
	}
	if off != "" {
		all = append(all, "--"+features+off[1:])
	}
	return append(all, own...), true
}
