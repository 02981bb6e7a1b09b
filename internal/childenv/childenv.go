// Package childenv makes the environment in which a program sends its HTTP traffic through a proxy and trusts
// the proxy's CA.
//
// There is no one variable that all programs follow, so it sets those of the common clients: curl, Python,
// Node.js, Go, Java, Git, Cargo, Deno, the AWS tools and whatever uses OpenSSL. Files that the variables name are
// written to a folder that the caller removes afterwards.
//
// Variables cannot do everything. Go programs on macOS and Windows, and programs that use Windows' Schannel
// or macOS's Secure Transport, trust what the system trusts: the CA has to be installed there. Some clients
// never use a proxy for localhost and loopback addresses (Go's net/http, Ruby's Net::HTTP, browsers), whatever
// NO_PROXY says; they reach a local server through the proxy by a name below .localhost, such as
// http://api.localhost:8080, which the proxy resolves to the loopback address itself.
package childenv

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Config says where the proxy is and what to trust.
type Config struct {
	// Proxy is the host:port of the proxy.
	Proxy string
	// CA is the proxy's CA certificate in PEM.
	CA []byte
	// Dir is the folder to write files to. It must exist until the program has ended.
	Dir string
	// Environ is the environment to start from, as os.Environ returns it.
	Environ []string
}

// Build returns the program's environment. Variables that it does not set are as in cfg.Environ.
func Build(cfg Config) ([]string, error) {
	env := environment(cfg.Environ)
	roots := systemRoots(env)
	files := map[string][]byte{
		"ca.pem":     cfg.CA,
		"bundle.pem": join(roots, cfg.CA),
		"node.pem":   join(readFile(env.get("NODE_EXTRA_CA_CERTS")), cfg.CA),
		"node.cjs":   nodeHook,
	}
	var err error
	if files["truststore.jks"], err = trustStore(files["bundle.pem"]); err != nil {
		return nil, fmt.Errorf("make Java trust store: %w", err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(cfg.Dir, name), data, 0o600); err != nil {
			return nil, fmt.Errorf("write files for the program: %w", err)
		}
	}
	at := func(name string) string { return filepath.Join(cfg.Dir, name) }

	url := "http://" + cfg.Proxy
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		env.set(name, url)
		env.set(strings.ToLower(name), url) // curl reads http_proxy in this case only
	}
	direct := withoutLoopback(env.get("NO_PROXY"), env.get("no_proxy"))
	env.set("NO_PROXY", direct)
	env.set("no_proxy", direct)
	env.set("CARGO_HTTP_PROXY", url)

	for _, name := range []string{
		"SSL_CERT_FILE", // OpenSSL, Go on Linux, Ruby, Rust with rustls-native-certs
		"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO",
		"NIX_SSL_CERT_FILE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
	} {
		env.set(name, at("bundle.pem"))
	}
	env.set("DENO_CERT", at("ca.pem"))
	env.set("NODE_EXTRA_CA_CERTS", at("node.pem"))
	env.set("NODE_USE_ENV_PROXY", "1") // Node.js from 22.21 and 24.5 on
	env.set("NODE_OPTIONS", words(env.get("NODE_OPTIONS"), "--require="+quoted(at("node.cjs"))))
	env.set("JAVA_TOOL_OPTIONS", words(env.get("JAVA_TOOL_OPTIONS"), javaOptions(cfg.Proxy, at("truststore.jks"))))
	return env, nil
}

// withoutLoopback joins two lists of hosts that are reached without a proxy, less those that are local; "*"
// would leave nothing to capture and goes too.
func withoutLoopback(lists ...string) string {
	var keep []string
	for _, list := range lists {
		for host := range strings.SplitSeq(list, ",") {
			host = strings.TrimSpace(host)
			if host != "" && host != "*" && !loopback(host) && !slices.Contains(keep, host) {
				keep = append(keep, host)
			}
		}
	}
	return strings.Join(keep, ",")
}

// loopback understands the forms that NO_PROXY is written in: names, addresses, networks, each with a port or not.
func loopback(host string) bool {
	host = strings.ToLower(host)
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(strings.TrimPrefix(strings.TrimPrefix(host, "*"), "."), "[]")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if strings.HasPrefix(host, "127.") && strings.Trim(host, "0123456789.*/") == "" { // 127.* is written, too
		return true
	}
	if p, err := netip.ParsePrefix(host); err == nil {
		return p.Addr().IsLoopback()
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// environment is a list of NAME=value, as os/exec takes it.
type environment []string

func (e environment) get(name string) string {
	for _, v := range slices.Backward(e) {
		if n, value, _ := strings.Cut(v, "="); n == name {
			return value
		}
	}
	return ""
}

func (e *environment) set(name, value string) {
	*e = slices.DeleteFunc(slices.Clone(*e), func(v string) bool { return strings.HasPrefix(v, name+"=") })
	*e = append(*e, name+"="+value)
}

// words appends an option to a list of them.
func words(list, option string) string { return strings.TrimSpace(list + " " + option) }

// quoted keeps a path with spaces one word, in NODE_OPTIONS and JAVA_TOOL_OPTIONS alike.
func quoted(path string) string {
	if !strings.ContainsAny(path, " \t") {
		return path
	}
	return `"` + strings.ReplaceAll(path, `\`, `\\`) + `"`
}
