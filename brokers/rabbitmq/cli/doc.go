// Package cli is the commands that come with RabbitMQ, as people type them: rabbitmqadmin
// and rabbitmqctl. Flags, layout, words and exit codes are those of the real tools; the
// code is our own.
//
//	tool.go      Tools, what they have in common, completion
//	flags.go     flags and words of a command line
//	api.go       requests to the management port
//	admin.go     rabbitmqadmin: which of its two spellings a line is in
//	v2.go        the spelling of RabbitMQ 4: declare queue --name jobs; its v2groups.go,
//	             v2commands.go, v2help.go, v2tables.go
//	v1.go        the spelling before that: declare queue name=jobs; v1formats.go
//	ctl.go       rabbitmqctl: its commands; ctlhelp.go, ctlusers.go, ctllist.go, ctlqueues.go
//
// rabbitmqadmin makes the same HTTP requests as the real one, so it does the same to a real
// broker. rabbitmqctl does not: the real one is a member of the Erlang cluster and runs
// functions in the node, and what lets it in is no user's password but the node's cookie.
// This one sends that cookie with requests to the miniature's management port.
//
// The tables of rabbitmqadmin v2 have fewer columns here: those that the miniature knows
// something about and, of some, only when they say more than the usual: a terminal in a
// page is narrow. Left out are commands for what the miniature has not: shovels,
// federation, plugins, feature flags, files.
package cli
