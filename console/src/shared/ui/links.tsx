/** Mantine's looks with the router's links, whose addresses are checked. */
import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { ComponentPropsWithRef } from 'react'

type A = ComponentPropsWithRef<'a'>

const PlainAnchor = (props: AnchorProps & Omit<A, keyof AnchorProps>) => <Anchor {...props} />
const PlainButton = (props: ButtonProps & Omit<A, keyof ButtonProps>) => <Button component="a" {...props} />

export const AnchorLink = createLink(PlainAnchor)
export const ButtonLink = createLink(PlainButton)
