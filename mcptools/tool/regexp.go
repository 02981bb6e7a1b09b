package tool

import (
	"regexp"
	"strings"
)

// CompileRegexp compiles the regular expression of an argument. The error is about the argument.
func CompileRegexp(argument, expression string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, BadArgument(argument, "is not a regular expression: %s",
			strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re, nil
}
