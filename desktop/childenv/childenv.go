// Package childenv builds the environment in which a program sends its HTTP traffic through a proxy
// and trusts the CA of the proxy.
//
// No single variable works for all programs, so it sets those of common clients: curl, Python,
// Node.js, Go, Java, Git, Cargo, Deno, wget, the AWS tools and programs with OpenSSL. It writes the
// files that the variables name to a folder, which the caller removes.
//
// Browsers of the Chromium family read no variable for certificates. Browsers that Node.js starts,
// as Playwright and Puppeteer do, get flags from a hook; those found in PATH get them from a script
// that comes first there. Firefox supports neither: if Node.js starts it with a new profile, the
// profile gets preferences, and the CA by certutil of NSS.
//
// Variables are not enough for some programs. Go programs on macOS and Windows, and programs that
// use Schannel on Windows or Secure Transport on macOS, trust only the certificates of the system:
// the CA must be installed. Some clients (net/http of Go, Net::HTTP of Ruby, browsers) never use a
// proxy for localhost and loopback addresses, regardless of NO_PROXY. They reach a local server
// through the proxy by a name below .localhost, such as http://api.localhost:8080, which the proxy
// resolves to the loopback address.
//
// Read childenv.go first.
package childenv

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Config describes the proxy and the environment. Fields are required unless they say otherwise.
type Config struct {
	// Proxy is the host:port of the proxy, or "" if the network leads connections there. Then no
	// variable names a proxy.
	Proxy string
	// CA is the proxy's CA certificate in PEM.
	CA []byte
	// Dir is an existing folder for files. The files must stay until the program has ended.
	Dir string
	// Environ is the environment to extend, in the form of os.Environ.
	Environ []string
	// BrowserFlags are flags for browsers of the Chromium family that the program starts, and
	// Browsers the names that such browsers have in PATH. Both are optional.
	BrowserFlags, Browsers []string
	// Firefox is for a Firefox that the program starts. Optional.
	Firefox *Firefox
	// Helper is the proxy user for downloads that programs make for themselves and that must not be
	// recorded. Optional.
	Helper *url.Userinfo
}

// Build writes files to cfg.Dir and returns the environment of the program. Other variables of
// cfg.Environ are kept. Certificates and options that cfg.Environ names are included.
func Build(cfg Config) ([]string, error) {
	env := environment(cfg.Environ)
	roots := systemRoots(env)
	files := map[string][]byte{
		"ca.pem":     cfg.CA,
		"bundle.pem": join(roots, cfg.CA),
		"node.pem":   join(readFile(env.get("NODE_EXTRA_CA_CERTS")), cfg.CA),
		"node.cjs":   nodeHook,
	}
	bundle := filepath.Join(cfg.Dir, "bundle.pem")
	if err := writeScripts(&env, cfg, bundle); err != nil {
		return nil, fmt.Errorf("write scripts for programs: %w", err)
	}
	files["wgetrc"] = wgetSettings(env, bundle)
	var err error
	if files["truststore.jks"], err = trustStore(files["bundle.pem"]); err != nil {
		return nil, fmt.Errorf("create the Java trust store: %w", err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(cfg.Dir, name), data, 0o600); err != nil {
			return nil, fmt.Errorf("write files for the program: %w", err)
		}
	}
	at := func(name string) string { return filepath.Join(cfg.Dir, name) }

	proxy := "http://" + cfg.Proxy
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		env.set(name, proxy)
		env.set(strings.ToLower(name), proxy) // curl reads http_proxy only in lower case
	}
	direct := withoutLoopback(env.get("NO_PROXY"), env.get("no_proxy"))
	// The entry makes Cypress use the proxy for loopback addresses. For other programs it is a name
	// that no host has.
	env.set("NO_PROXY", strings.TrimPrefix(direct+",<-loopback>", ","))
	env.set("no_proxy", direct)
	env.set("CARGO_HTTP_PROXY", proxy)

	for _, name := range []string{
		"SSL_CERT_FILE", // OpenSSL, Go on Linux, Ruby, Rust with rustls-native-certs
		"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO",
		"NIX_SSL_CERT_FILE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "PERL_LWP_SSL_CA_FILE", "PIP_CERT",
	} {
		env.set(name, bundle)
	}
	if len(roots) > 0 { // overrides cafile of a .npmrc, which would override NODE_EXTRA_CA_CERTS
		env.set("NPM_CONFIG_CAFILE", bundle)
	}
	env.set("NPM_CONFIG_UPDATE_NOTIFIER", "false") // npm asks its registry for a version of itself
	env.set("SE_AVOID_STATS", "true")              // Selenium Manager reports to a third party
	if cfg.Helper != nil && env.get("SE_PROXY") == "" && env.get("se_proxy") == "" {
		env.set("SE_PROXY", "http://"+cfg.Helper.String()+"@"+cfg.Proxy) // its downloads are not part of the test
	}
	env.set("WGETRC", at("wgetrc"))
	env.set("DENO_CERT", at("ca.pem"))
	env.set("NODE_EXTRA_CA_CERTS", at("node.pem"))
	env.set("NODE_USE_ENV_PROXY", "1") // Node.js 22.21, 24.5 and later
	env.set("NODE_OPTIONS", words(env.get("NODE_OPTIONS"), "--require="+quoted(at("node.cjs"))))
	env.set("JAVA_TOOL_OPTIONS", words(env.get("JAVA_TOOL_OPTIONS"), javaOptions(cfg.Proxy, at("truststore.jks"))))
	if cfg.Proxy == "" {
		about := "HTTP_PROXY= HTTPS_PROXY= ALL_PROXY= NO_PROXY= CARGO_HTTP_PROXY= SE_PROXY= NODE_USE_ENV_PROXY="
		env = slices.DeleteFunc(env, func(v string) bool {
			return slices.Contains(strings.Fields(about), strings.ToUpper(v[:strings.IndexByte(v, '=')+1]))
		})
	}
	return env, nil
}

// wgetSettings returns the person's settings for wget with the CA added. wget with GnuTLS, as in
// Debian, reads no variable for certificates, but one that names its settings file.
func wgetSettings(env environment, bundle string) []byte {
	path := env.get("WGETRC")
	if path == "" && env.get("HOME") != "" {
		path = filepath.Join(env.get("HOME"), ".wgetrc")
	}
	return join(readFile(path), []byte("ca_certificate = "+bundle+"\n"))
}

// withoutLoopback joins lists of hosts that bypass the proxy, and removes local hosts. It also
// removes "*", with which nothing would be captured.
func withoutLoopback(lists ...string) string {
	var hosts []string
	for _, list := range lists {
		for host := range strings.SplitSeq(list, ",") {
			host = strings.TrimSpace(host)
			if host != "" && host != "*" && !isLoopback(host) && !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
		}
	}
	return strings.Join(hosts, ",")
}

// isLoopback reports whether an entry of NO_PROXY is local: a name, an address or a network, with a
// port or without.
func isLoopback(host string) bool {
	host = strings.ToLower(host)
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(strings.TrimPrefix(strings.TrimPrefix(host, "*"), "."), "[]")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if strings.HasPrefix(host, "127.") && strings.Trim(host, "0123456789.*/") == "" { // such as 127.*
		return true
	}
	if p, err := netip.ParsePrefix(host); err == nil {
		return p.Addr().IsLoopback()
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// environment is a list of NAME=value, in the form of os/exec. The last value of a name wins.
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

// words appends an option to a space-separated list.
func words(list, option string) string { return strings.TrimSpace(list + " " + option) }

// quoted quotes a path with spaces for NODE_OPTIONS and JAVA_TOOL_OPTIONS.
func quoted(path string) string {
	if !strings.ContainsAny(path, " \t") {
		return path
	}
	return `"` + strings.ReplaceAll(path, `\`, `\\`) + `"`
}
