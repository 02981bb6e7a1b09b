package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/visible"
)

// Environment variables for the address of a proxy. Flags win over them, and they win over the
// configuration file.
const (
	hostEnv = "SPECTAP_HOST"
	portEnv = "SPECTAP_PORT"
)

// The address of a proxy if nothing else says it.
const (
	defaultProxyHost = "127.0.0.1"
	defaultProxyPort = 8080
)

// proxyConfig is the part of the configuration file about proxies.
type proxyConfig struct {
	// Host is the loopback address that the proxies of spectap proxy and spectap mcp listen on.
	Host string `yaml:"host"`
	// Port is the port that they listen on; 0 selects a free one.
	Port *int `yaml:"port"`
	// Skip is a list of filters; flows that one of them selects are not recorded.
	Skip []string `yaml:"skip"`
}

// proxyAddress returns the address of a proxy without a flag, and what set it.
func (p *program) proxyAddress() (addr, from string, err error) {
	c, err := loadConfig(p.global.config)
	if err != nil {
		return "", "", err
	}
	host, port := defaultProxyHost, defaultProxyPort
	from = "the default address of the proxy"
	if c.Proxy.Host != "" || c.Proxy.Port != nil {
		from = "proxy in " + c.path
		host = cmp.Or(c.Proxy.Host, host)
		if c.Proxy.Port != nil {
			port = *c.Proxy.Port
		}
	}
	if v := os.Getenv(hostEnv); v != "" {
		host, from = v, hostEnv
	}
	if v := os.Getenv(portEnv); v != "" {
		if port, err = strconv.Atoi(v); err != nil {
			return "", "", &hint{&misuse{fmt.Errorf("%s=%q: must be a port", portEnv, v)}, portEnv + "=8080"}
		}
	}
	if port < 0 || port > 65535 {
		return "", "", &hint{&misuse{fmt.Errorf("port %d of the proxy (%s or the configuration file): must be 0 to 65535", port, portEnv)},
			portEnv + "=8080"}
	}
	return net.JoinHostPort(host, strconv.Itoa(port)), from, nil
}

// setAddress sets the address of a proxy unless a flag has set it.
func (p *program) setAddress(o *tapOptions) (err error) {
	if o.listen == "" {
		o.listen, o.listenName, err = p.proxyAddress()
	}
	return err
}

// skipping returns the function that applies --skip, or the list of the configuration file without
// the flag. It is nil if there is nothing to skip.
func (p *program) skipping(o *tapOptions) (func(f *flow.Flow, answered bool) (skip, decided bool), error) {
	texts, from := o.skip, "--skip"
	if texts == nil {
		c, err := loadConfig(p.global.config)
		if err != nil {
			return nil, err
		}
		texts, from = c.Proxy.Skip, "skip in "+c.path
	}
	var filters []*filter.Filter
	for _, text := range texts {
		f, err := filter.Parse(text, time.Now())
		var mistake *filter.Error
		if errors.As(err, &mistake) {
			return nil, &hint{&misuse{fmt.Errorf("%s: %w", from, err)},
				"a filter as in docs/filter.md; the error is here:\n" + indent(mistake.Pointer())}
		}
		if word := f.Text(); word != "" {
			return nil, &hint{&misuse{fmt.Errorf("%s: %q has no field, and would skip every URL with this text", from, visible.Line(word))},
				skipMeant(word)}
		}
		if late := f.Late(filter.Answered); late != "" {
			return nil, &hint{&misuse{fmt.Errorf("%s: %s: is known too late: it is decided when the response begins", from, late)},
				"a filter by host, method, path, ext, query, header, status or type"}
		}
		if !f.All() { // an empty filter skips nothing
			filters = append(filters, f)
		}
	}
	if filters == nil {
		return nil, nil
	}
	return func(f *flow.Flow, answered bool) (skip, decided bool) { return matchesAny(filters, f, answered) }, nil
}

var (
	extensionList = lazyregexp.New(`^\*?\.?[A-Za-z0-9]{1,5}(,\*?\.?[A-Za-z0-9]{1,5})*$`)
	mediaType     = lazyregexp.New(`^(application|audio|font|image|multipart|text|video)/[\w.+*-]*$`)
	methodList    = lazyregexp.New(`^[A-Z]{3,}(,[A-Z]{3,})*$`)
	hostPattern   = lazyregexp.New(`^\*?\.?[\w-]+(\.[\w-]+)+(:\d+)?$`)
)

// skipMeant returns the filters that somebody may have meant by a word without a field.
func skipMeant(word string) string {
	field, value := "path", "*"+strings.Trim(word, "*")+"*"
	switch {
	case slices.ContainsFunc(filter.Fields(), func(f filter.Field) bool { return f.Name == strings.ToLower(word) }):
		return strings.ToLower(word) + ":VALUE, such as ext:png,css, method:OPTIONS or type:image/*"
	case strings.HasPrefix(word, "~"), strings.HasPrefix(word, "/"):
		value = word
	case methodList.MatchString(word):
		field, value = "method", word
	case mediaType.MatchString(word):
		field, value = "type", word
	case extensionList.MatchString(word):
		field, value = "ext", strings.NewReplacer("*", "", ".", "").Replace(word)
	case hostPattern.MatchString(word):
		field, value = "host", word
	}
	if field == "path" {
		return quoteArg("path:" + value)
	}
	return quoteArg(field+":"+value) + ", or " + quoteArg("path:*"+strings.Trim(word, "*")+"*") + " for all paths with this text"
}

// matchesAny reports whether one of the filters selects a flow, and whether that is certain.
func matchesAny(filters []*filter.Filter, f *flow.Flow, answered bool) (selected, certain bool) {
	at := filter.Requested
	if answered {
		at = filter.Answered
	}
	certain = true
	for _, x := range filters {
		switch yes, sure := x.Decide(f, at); {
		case yes:
			return true, true
		case !sure:
			certain = false
		}
	}
	return false, certain
}
