--
-- PostgreSQL database dump
--

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: contentplatform; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.contentplatform AS ENUM (
    'tiktok',
    'youtube',
    'instagram'
);

--
-- Name: contentstatus; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.contentstatus AS ENUM (
    'draft',
    'scheduled',
    'published'
);

--
-- Name: creditkind; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.creditkind AS ENUM (
    'grant',
    'purchase',
    'spend',
    'refund'
);

--
-- Name: subscriptiontier; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.subscriptiontier AS ENUM (
    'free',
    'basic',
    'premium',
    'studio'
);

--
-- Name: userrole; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.userrole AS ENUM (
    'member',
    'editor',
    'admin'
);

SET default_table_access_method = heap;

--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

--
-- Name: credit_transactions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.credit_transactions (
    id integer NOT NULL,
    user_id integer NOT NULL,
    amount integer NOT NULL,
    kind public.creditkind NOT NULL,
    note character varying(500),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_credit_transactions_amount_not_zero CHECK ((amount <> 0))
);

--
-- Name: credit_transactions_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.credit_transactions_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

--
-- Name: credit_transactions_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.credit_transactions_id_seq OWNED BY public.credit_transactions.id;

--
-- Name: monitored_niches; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.monitored_niches (
    id integer NOT NULL,
    slug character varying(80) NOT NULL,
    title character varying(200) NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    last_scanned_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    user_id integer
);

--
-- Name: monitored_niches_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.monitored_niches_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

--
-- Name: monitored_niches_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.monitored_niches_id_seq OWNED BY public.monitored_niches.id;

--
-- Name: published_content; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.published_content (
    id integer NOT NULL,
    platform public.contentplatform NOT NULL,
    url character varying(500) NOT NULL,
    title character varying(200) NOT NULL,
    user_id integer NOT NULL,
    niche_id integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    published_at timestamp with time zone,
    view_count integer DEFAULT 0 NOT NULL,
    status public.contentstatus DEFAULT 'draft'::public.contentstatus NOT NULL
);

--
-- Name: published_content_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.published_content_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

--
-- Name: published_content_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.published_content_id_seq OWNED BY public.published_content.id;

--
-- Name: user_credits; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.user_credits (
    id integer NOT NULL,
    user_id integer NOT NULL,
    balance integer DEFAULT 0 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_user_credits_balance_not_negative CHECK ((balance >= 0))
);

--
-- Name: user_credits_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.user_credits_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

--
-- Name: user_credits_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.user_credits_id_seq OWNED BY public.user_credits.id;

--
-- Name: users; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.users (
    id integer NOT NULL,
    email character varying(320) NOT NULL,
    hashed_password character varying(255) NOT NULL,
    full_name character varying(200),
    role public.userrole DEFAULT 'member'::public.userrole NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_login_at timestamp with time zone,
    subscription_tier public.subscriptiontier DEFAULT 'free'::public.subscriptiontier NOT NULL,
    display_name character varying(200) NOT NULL
);

--
-- Name: users_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.users_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

--
-- Name: users_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;

--
-- Name: credit_transactions id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.credit_transactions ALTER COLUMN id SET DEFAULT nextval('public.credit_transactions_id_seq'::regclass);

--
-- Name: monitored_niches id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.monitored_niches ALTER COLUMN id SET DEFAULT nextval('public.monitored_niches_id_seq'::regclass);

--
-- Name: published_content id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.published_content ALTER COLUMN id SET DEFAULT nextval('public.published_content_id_seq'::regclass);

--
-- Name: user_credits id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_credits ALTER COLUMN id SET DEFAULT nextval('public.user_credits_id_seq'::regclass);

--
-- Name: users id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);

--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

--
-- Name: credit_transactions pk_credit_transactions; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.credit_transactions
    ADD CONSTRAINT pk_credit_transactions PRIMARY KEY (id);

--
-- Name: monitored_niches pk_monitored_niches; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.monitored_niches
    ADD CONSTRAINT pk_monitored_niches PRIMARY KEY (id);

--
-- Name: published_content pk_published_content; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.published_content
    ADD CONSTRAINT pk_published_content PRIMARY KEY (id);

--
-- Name: user_credits pk_user_credits; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_credits
    ADD CONSTRAINT pk_user_credits PRIMARY KEY (id);

--
-- Name: users pk_users; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT pk_users PRIMARY KEY (id);

--
-- Name: monitored_niches uq_monitored_niches_user_id_slug; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.monitored_niches
    ADD CONSTRAINT uq_monitored_niches_user_id_slug UNIQUE (user_id, slug);

--
-- Name: published_content uq_published_content_platform_url; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.published_content
    ADD CONSTRAINT uq_published_content_platform_url UNIQUE (platform, url);

--
-- Name: user_credits uq_user_credits_user_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_credits
    ADD CONSTRAINT uq_user_credits_user_id UNIQUE (user_id);

--
-- Name: users uq_users_email; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT uq_users_email UNIQUE (email);

--
-- Name: idx_content_recent; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_content_recent ON public.published_content USING btree (published_at);

--
-- Name: ix_credit_transactions_user_id_created_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_credit_transactions_user_id_created_at ON public.credit_transactions USING btree (user_id, created_at);

--
-- Name: ix_monitored_niches_last_scanned_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_monitored_niches_last_scanned_at ON public.monitored_niches USING btree (last_scanned_at) WHERE is_active;

--
-- Name: ix_published_content_niche_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_published_content_niche_id ON public.published_content USING btree (niche_id);

--
-- Name: ix_published_content_user_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_published_content_user_id ON public.published_content USING btree (user_id);

--
-- Name: credit_transactions fk_credit_transactions_user_id_users; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.credit_transactions
    ADD CONSTRAINT fk_credit_transactions_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

--
-- Name: monitored_niches fk_monitored_niches_user_id_users; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.monitored_niches
    ADD CONSTRAINT fk_monitored_niches_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

--
-- Name: published_content fk_published_content_niche_id_monitored_niches; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.published_content
    ADD CONSTRAINT fk_published_content_niche_id_monitored_niches FOREIGN KEY (niche_id) REFERENCES public.monitored_niches(id) ON DELETE SET NULL;

--
-- Name: published_content fk_published_content_user_id_users; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.published_content
    ADD CONSTRAINT fk_published_content_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

--
-- Name: user_credits fk_user_credits_user_id_users; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_credits
    ADD CONSTRAINT fk_user_credits_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

--
-- PostgreSQL database dump complete
--
