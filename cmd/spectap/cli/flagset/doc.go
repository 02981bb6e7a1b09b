// Package flagset has the flags that commands of several families share, such as those of a
// listener or of trust in servers, and the settings that they give. Read exclude.go first.
package flagset
